// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord

/** Playbook 规则手册. The workspace's rules and numbers. */
public data class Playbook
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Title 标题. */
    public val title: String?,
    /** Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default. */
    public val settings: Map<String, String>,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<PlaybookDraft>() {
    override fun toDraft(): PlaybookDraft =
        PlaybookDraft(
            title = title,
            settings = settings,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Title 标题. */
        public val title: Field<String> = Field("title", Wording("Title", "标题"))
        /** Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default. */
        public val settings: Field<Map<String, String>> = Field("settings", Wording("Settings", "设置"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<Playbook>("playbook", Wording("Playbook", "规则手册")) {
        override fun read(record: FfiRecord): Playbook {
            val f = FieldReader(record.fields)
            return Playbook(
                id = RecordId(record.id),
                info = record.info(),
                title = f.text("title"),
                settings = f.map("settings"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [Playbook] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class PlaybookDraft(
    /** Title 标题. */
    public var title: String? = null,
    /** Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default. */
    public var settings: Map<String, String> = emptyMap(),
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<Playbook>(Playbook) {
    override fun write(f: FieldWriter) {
        f.put("title", title)
        f.put("settings", settings)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}
