// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.LocalDate

/** Contact 联系人. A person at an account. */
public data class Contact
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Account 客户. A record without it is refused. */
    public val account: RecordId,
    /** Name 姓名. A record without it is refused. */
    public val name: String,
    /** Title 职务. */
    public val title: String?,
    /** Role in buying 采购角色. */
    public val role: ContactRole?,
    /** Phones 电话. */
    public val phones: Set<String>,
    /** Emails 邮箱. */
    public val emails: Set<String>,
    /** Chat ids 微信等. */
    public val chatIds: Set<String>,
    /** Address 地址. */
    public val address: String?,
    /** Preferred channel 首选联系方式. */
    public val preferredChannel: ContactPreferredChannel?,
    /** Preferred hours 方便时间. */
    public val preferredHours: String?,
    /** Birthday 生日. */
    public val birthday: LocalDate?,
    /** Other dates 其他纪念日. */
    public val dates: List<ContactDate>,
    /** Recipient class 收礼人类别. Which gift rules apply to this person. */
    public val recipientClass: ContactRecipientClass?,
    /** Sex 性别. */
    public val sex: String?,
    /** Ethnicity 民族. */
    public val ethnicity: String?,
    /** Approximate age 大致年龄. From 0 to 150. */
    public val age: Long?,
    /** Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded. */
    public val consents: Set<ContactConsent>,
    /** Work 工作. */
    public val work: String?,
    /** Family 家庭. Needs consent: family. */
    public val family: String?,
    /** Health 健康. Needs consent: health. */
    public val health: String?,
    /** Education 教育. Needs consent: personal. */
    public val education: String?,
    /** Personality 性格. Needs consent: personal. */
    public val personality: String?,
    /** Habits 习惯. Needs consent: personal. */
    public val habits: String?,
    /** Hobbies 爱好. Needs consent: personal. */
    public val hobbies: String?,
    /** Values 价值观. Needs consent: personal. */
    public val personalValues: String?,
    /** Likes 喜好. Needs consent: personal. */
    public val likes: String?,
    /** Dislikes 忌讳. Needs consent: personal. */
    public val dislikes: String?,
    /** Preferred service style 偏好的服务方式. */
    public val preferredServiceStyle: String?,
    /** Receptiveness to promotion 对促销的接受度. */
    public val promotionReceptiveness: String?,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<ContactDraft>() {
    override fun toDraft(): ContactDraft =
        ContactDraft(
            account = account,
            name = name,
            title = title,
            role = role,
            phones = phones,
            emails = emails,
            chatIds = chatIds,
            address = address,
            preferredChannel = preferredChannel,
            preferredHours = preferredHours,
            birthday = birthday,
            dates = dates,
            recipientClass = recipientClass,
            sex = sex,
            ethnicity = ethnicity,
            age = age,
            consents = consents,
            work = work,
            family = family,
            health = health,
            education = education,
            personality = personality,
            habits = habits,
            hobbies = hobbies,
            personalValues = personalValues,
            likes = likes,
            dislikes = dislikes,
            preferredServiceStyle = preferredServiceStyle,
            promotionReceptiveness = promotionReceptiveness,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Account 客户. A record without it is refused. */
        public val account: Field<RecordId> = Field("account", Wording("Account", "客户"))
        /** Name 姓名. A record without it is refused. */
        public val name: Field<String> = Field("name", Wording("Name", "姓名"))
        /** Title 职务. */
        public val title: Field<String> = Field("title", Wording("Title", "职务"))
        /** Role in buying 采购角色. */
        public val role: Field<ContactRole> = Field("role", Wording("Role in buying", "采购角色"))
        /** Phones 电话. */
        public val phones: Field<Set<String>> = Field("phones", Wording("Phones", "电话"))
        /** Emails 邮箱. */
        public val emails: Field<Set<String>> = Field("emails", Wording("Emails", "邮箱"))
        /** Chat ids 微信等. */
        public val chatIds: Field<Set<String>> = Field("chat_ids", Wording("Chat ids", "微信等"))
        /** Address 地址. */
        public val address: Field<String> = Field("address", Wording("Address", "地址"))
        /** Preferred channel 首选联系方式. */
        public val preferredChannel: Field<ContactPreferredChannel> = Field("preferred_channel", Wording("Preferred channel", "首选联系方式"))
        /** Preferred hours 方便时间. */
        public val preferredHours: Field<String> = Field("preferred_hours", Wording("Preferred hours", "方便时间"))
        /** Birthday 生日. */
        public val birthday: Field<LocalDate> = Field("birthday", Wording("Birthday", "生日"))
        /** Other dates 其他纪念日. */
        public val dates: Field<List<ContactDate>> = Field("dates", Wording("Other dates", "其他纪念日"))
        /** Recipient class 收礼人类别. Which gift rules apply to this person. */
        public val recipientClass: Field<ContactRecipientClass> = Field("recipient_class", Wording("Recipient class", "收礼人类别"))
        /** Sex 性别. */
        public val sex: Field<String> = Field("sex", Wording("Sex", "性别"))
        /** Ethnicity 民族. */
        public val ethnicity: Field<String> = Field("ethnicity", Wording("Ethnicity", "民族"))
        /** Approximate age 大致年龄. From 0 to 150. */
        public val age: Field<Long> = Field("age", Wording("Approximate age", "大致年龄"))
        /** Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded. */
        public val consents: Field<Set<ContactConsent>> = Field("consents", Wording("Consents", "已同意的信息类别"))
        /** Work 工作. */
        public val work: Field<String> = Field("work", Wording("Work", "工作"))
        /** Family 家庭. Needs consent: family. */
        public val family: Field<String> = Field("family", Wording("Family", "家庭"))
        /** Health 健康. Needs consent: health. */
        public val health: Field<String> = Field("health", Wording("Health", "健康"))
        /** Education 教育. Needs consent: personal. */
        public val education: Field<String> = Field("education", Wording("Education", "教育"))
        /** Personality 性格. Needs consent: personal. */
        public val personality: Field<String> = Field("personality", Wording("Personality", "性格"))
        /** Habits 习惯. Needs consent: personal. */
        public val habits: Field<String> = Field("habits", Wording("Habits", "习惯"))
        /** Hobbies 爱好. Needs consent: personal. */
        public val hobbies: Field<String> = Field("hobbies", Wording("Hobbies", "爱好"))
        /** Values 价值观. Needs consent: personal. */
        public val personalValues: Field<String> = Field("personal_values", Wording("Values", "价值观"))
        /** Likes 喜好. Needs consent: personal. */
        public val likes: Field<String> = Field("likes", Wording("Likes", "喜好"))
        /** Dislikes 忌讳. Needs consent: personal. */
        public val dislikes: Field<String> = Field("dislikes", Wording("Dislikes", "忌讳"))
        /** Preferred service style 偏好的服务方式. */
        public val preferredServiceStyle: Field<String> = Field("preferred_service_style", Wording("Preferred service style", "偏好的服务方式"))
        /** Receptiveness to promotion 对促销的接受度. */
        public val promotionReceptiveness: Field<String> = Field("promotion_receptiveness", Wording("Receptiveness to promotion", "对促销的接受度"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<Contact>("contact", Wording("Contact", "联系人")) {
        override fun read(record: FfiRecord): Contact {
            val f = FieldReader(record.fields)
            return Contact(
                id = RecordId(record.id),
                info = record.info(),
                account = f.link("account") ?: RecordId.NONE,
                name = f.text("name") ?: "",
                title = f.text("title"),
                role = f.text("role")?.let(ContactRole::of),
                phones = f.set("phones"),
                emails = f.set("emails"),
                chatIds = f.set("chat_ids"),
                address = f.text("address"),
                preferredChannel = f.text("preferred_channel")?.let(ContactPreferredChannel::of),
                preferredHours = f.text("preferred_hours"),
                birthday = f.date("birthday"),
                dates = f.items("dates", ContactDate::read),
                recipientClass = f.text("recipient_class")?.let(ContactRecipientClass::of),
                sex = f.text("sex"),
                ethnicity = f.text("ethnicity"),
                age = f.integer("age"),
                consents = f.set("consents").mapTo(linkedSetOf(), ContactConsent::of),
                work = f.text("work"),
                family = f.text("family"),
                health = f.text("health"),
                education = f.text("education"),
                personality = f.text("personality"),
                habits = f.text("habits"),
                hobbies = f.text("hobbies"),
                personalValues = f.text("personal_values"),
                likes = f.text("likes"),
                dislikes = f.text("dislikes"),
                preferredServiceStyle = f.text("preferred_service_style"),
                promotionReceptiveness = f.text("promotion_receptiveness"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [Contact] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class ContactDraft(
    /** Account 客户. A record without it is refused. */
    public var account: RecordId,
    /** Name 姓名. A record without it is refused. */
    public var name: String,
    /** Title 职务. */
    public var title: String? = null,
    /** Role in buying 采购角色. */
    public var role: ContactRole? = null,
    /** Phones 电话. */
    public var phones: Set<String> = emptySet(),
    /** Emails 邮箱. */
    public var emails: Set<String> = emptySet(),
    /** Chat ids 微信等. */
    public var chatIds: Set<String> = emptySet(),
    /** Address 地址. */
    public var address: String? = null,
    /** Preferred channel 首选联系方式. */
    public var preferredChannel: ContactPreferredChannel? = null,
    /** Preferred hours 方便时间. */
    public var preferredHours: String? = null,
    /** Birthday 生日. */
    public var birthday: LocalDate? = null,
    /** Other dates 其他纪念日. */
    public var dates: List<ContactDate> = emptyList(),
    /** Recipient class 收礼人类别. Which gift rules apply to this person. */
    public var recipientClass: ContactRecipientClass? = null,
    /** Sex 性别. */
    public var sex: String? = null,
    /** Ethnicity 民族. */
    public var ethnicity: String? = null,
    /** Approximate age 大致年龄. From 0 to 150. */
    public var age: Long? = null,
    /** Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded. */
    public var consents: Set<ContactConsent> = emptySet(),
    /** Work 工作. */
    public var work: String? = null,
    /** Family 家庭. Needs consent: family. */
    public var family: String? = null,
    /** Health 健康. Needs consent: health. */
    public var health: String? = null,
    /** Education 教育. Needs consent: personal. */
    public var education: String? = null,
    /** Personality 性格. Needs consent: personal. */
    public var personality: String? = null,
    /** Habits 习惯. Needs consent: personal. */
    public var habits: String? = null,
    /** Hobbies 爱好. Needs consent: personal. */
    public var hobbies: String? = null,
    /** Values 价值观. Needs consent: personal. */
    public var personalValues: String? = null,
    /** Likes 喜好. Needs consent: personal. */
    public var likes: String? = null,
    /** Dislikes 忌讳. Needs consent: personal. */
    public var dislikes: String? = null,
    /** Preferred service style 偏好的服务方式. */
    public var preferredServiceStyle: String? = null,
    /** Receptiveness to promotion 对促销的接受度. */
    public var promotionReceptiveness: String? = null,
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<Contact>(Contact) {
    override fun write(f: FieldWriter) {
        f.put("account", account)
        f.put("name", name)
        f.put("title", title)
        f.put("role", role?.value)
        f.put("phones", phones)
        f.put("emails", emails)
        f.put("chat_ids", chatIds)
        f.put("address", address)
        f.put("preferred_channel", preferredChannel?.value)
        f.put("preferred_hours", preferredHours)
        f.put("birthday", birthday)
        f.items("dates", dates) { it.key to it::write }
        f.put("recipient_class", recipientClass?.value)
        f.put("sex", sex)
        f.put("ethnicity", ethnicity)
        f.put("age", age)
        f.put("consents", consents.mapTo(sortedSetOf()) { it.value })
        f.put("work", work)
        f.put("family", family)
        f.put("health", health)
        f.put("education", education)
        f.put("personality", personality)
        f.put("habits", habits)
        f.put("hobbies", hobbies)
        f.put("personal_values", personalValues)
        f.put("likes", likes)
        f.put("dislikes", dislikes)
        f.put("preferred_service_style", preferredServiceStyle)
        f.put("promotion_receptiveness", promotionReceptiveness)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** One of the dates of a [Contact]. */
public data class ContactDate(
    /** Occasion 事由. A record without it is refused. */
    public val label: String,
    /** Day 日期. A record without it is refused. */
    public val on: LocalDate,
    /** Every year 每年. */
    public val yearly: Boolean? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("label", label)
        f.put("on", on)
        f.put("yearly", yearly)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): ContactDate =
            ContactDate(
                label = f.text("label") ?: "",
                on = f.date("on") ?: LocalDate.EPOCH,
                yearly = f.flag("yearly"),
                key = key,
            )
    }
}

/** Role in buying 采购角色. A value that this version does not know is kept as [Unknown]. */
public sealed class ContactRole(override val value: String, override val label: Wording) : Choice {
    /** Decision maker 关键决策人 KP. */
    public data object DecisionMaker : ContactRole("decision_maker", Wording("Decision maker", "关键决策人 KP"))

    /** Handler 经办人. */
    public data object Handler : ContactRole("handler", Wording("Handler", "经办人"))

    /** Influencer 影响者. */
    public data object Influencer : ContactRole("influencer", Wording("Influencer", "影响者"))

    /** User 使用者. */
    public data object User : ContactRole("user", Wording("User", "使用者"))

    /** Gatekeeper 把关人. */
    public data object Gatekeeper : ContactRole("gatekeeper", Wording("Gatekeeper", "把关人"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : ContactRole(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<ContactRole> by lazy { listOf(DecisionMaker, Handler, Influencer, User, Gatekeeper) }

        /** The choice with this stored value. */
        public fun of(value: String): ContactRole = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Preferred channel 首选联系方式. A value that this version does not know is kept as [Unknown]. */
public sealed class ContactPreferredChannel(override val value: String, override val label: Wording) : Choice {
    /** Phone 电话. */
    public data object Phone : ContactPreferredChannel("phone", Wording("Phone", "电话"))

    /** Chat 即时通讯. */
    public data object Chat : ContactPreferredChannel("chat", Wording("Chat", "即时通讯"))

    /** Email 邮件. */
    public data object Email : ContactPreferredChannel("email", Wording("Email", "邮件"))

    /** Visit 上门. */
    public data object Visit : ContactPreferredChannel("visit", Wording("Visit", "上门"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : ContactPreferredChannel(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<ContactPreferredChannel> by lazy { listOf(Phone, Chat, Email, Visit) }

        /** The choice with this stored value. */
        public fun of(value: String): ContactPreferredChannel = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Recipient class 收礼人类别. A value that this version does not know is kept as [Unknown]. */
public sealed class ContactRecipientClass(override val value: String, override val label: Wording) : Choice {
    /** Private staff 民企员工. */
    public data object PrivateStaff : ContactRecipientClass("private_staff", Wording("Private staff", "民企员工"))

    /** State-owned staff 国企员工. */
    public data object StateOwnedStaff : ContactRecipientClass("state_owned_staff", Wording("State-owned staff", "国企员工"))

    /** Public official 公职人员. */
    public data object PublicOfficial : ContactRecipientClass("public_official", Wording("Public official", "公职人员"))

    /** Healthcare professional 医疗卫生专业人士. */
    public data object HealthcareProfessional : ContactRecipientClass("healthcare_professional", Wording("Healthcare professional", "医疗卫生专业人士"))

    /** Own family 本人亲属. */
    public data object OwnFamily : ContactRecipientClass("own_family", Wording("Own family", "本人亲属"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : ContactRecipientClass(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<ContactRecipientClass> by lazy { listOf(PrivateStaff, StateOwnedStaff, PublicOfficial, HealthcareProfessional, OwnFamily) }

        /** The choice with this stored value. */
        public fun of(value: String): ContactRecipientClass = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Consents 已同意的信息类别. A value that this version does not know is kept as [Unknown]. */
public sealed class ContactConsent(override val value: String, override val label: Wording) : Choice {
    /** Personal facts 个人信息. */
    public data object Personal : ContactConsent("personal", Wording("Personal facts", "个人信息"))

    /** Family 家庭. */
    public data object Family : ContactConsent("family", Wording("Family", "家庭"))

    /** Health 健康. */
    public data object Health : ContactConsent("health", Wording("Health", "健康"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : ContactConsent(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<ContactConsent> by lazy { listOf(Personal, Family, Health) }

        /** The choice with this stored value. */
        public fun of(value: String): ContactConsent = all.find { it.value == value } ?: Unknown(value)
    }
}
