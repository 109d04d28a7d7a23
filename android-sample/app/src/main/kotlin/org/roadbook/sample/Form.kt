package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.relocation.BringIntoViewRequester
import androidx.compose.foundation.relocation.bringIntoViewRequester
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.FilterChipDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.withFrameNanos
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import org.roadbook.Draft
import org.roadbook.EditableRecord
import org.roadbook.Field
import org.roadbook.Kind
import org.roadbook.RecordId
import org.roadbook.Roadbook
import org.roadbook.RoadbookException
import org.roadbook.Version
import org.roadbook.Wording

private const val VERSION = "${FORM}version"
private const val RECORD = "${FORM}record"

/** One form's state: the record as it was [opened], if there is one, and what was typed since. */
class FormState<R : EditableRecord<D>, D : Draft<R>>(
    private val kind: Kind<R>,
    private val opened: RecordId?,
    private val blank: () -> D,
    private val draft: FormDraft,
) {
    var record by mutableStateOf<R?>(null)
        private set

    var loaded by mutableStateOf(opened == null && draft[RECORD] == null)
        private set

    /** What it asks for; choices may come later. */
    var entries by mutableStateOf<List<Entry<D>>>(emptyList())
    /** What the core refuses, by field. */
    val problems = mutableStateMapOf<String, Wording>()
    /** What was typed and is no value of its field: the string that says so. */
    val unreadable = mutableStateMapOf<String, Int>()
    /** How often a save did not work. */
    var failures by mutableIntStateOf(0)
        private set

    /** The first field in which something is wrong. */
    val firstWrong: String?
        get() = entries.map { it.field.name }.firstOrNull { it in problems || it in unreadable }

    /** The record's, also before it is saved: its draft keeps it, so that one that is saved twice makes one record. */
    val id: RecordId
        get() = opened ?: draft[RECORD]?.let(::RecordId) ?: RecordId.fresh().also { draft[RECORD] = it.value }

    val isUntouched: Boolean
        get() = draft.isEmpty

    suspend fun load(roadbook: Roadbook) {
        if (loaded) return
        record = roadbook.find(kind, id)
        // The process ended between a first save and the end of the draft: if all of it was saved, that is that.
        if (opened == null && record != null && filled() == record?.toDraft() to emptyMap<String, Int>()) discard()
        loaded = true
    }

    fun discard() {
        draft.discard()
        if (opened == null) record = null
        problems.clear()
        unreadable.clear()
    }

    operator fun get(entry: Entry<D>): String = draft[entry.field.name] ?: entry.read(record?.toDraft() ?: blank())

    operator fun set(entry: Entry<D>, text: String) {
        if (opened == null && draft[RECORD] == null) draft[RECORD] = id.value
        // Whatever others write from now on is merged with this form, even if its process ends first.
        record?.let { if (draft[VERSION] == null) draft[VERSION] = it.info.version.toText() }
        draft[entry.field.name] = text
        problems.remove(entry.field.name)
        unreadable.remove(entry.field.name)
    }

    /**
     * What comes later than what it belongs to, as a position later than its check-in: [texts] go into this form while
     * that says [said] in [of], else into the record of this [id] if that was saved and says so; never into the next
     * form.
     */
    suspend fun late(roadbook: Roadbook, id: RecordId, of: Entry<D>, said: String, texts: Map<Entry<D>, String>) {
        if (draft[of.field.name] == said) {
            for ((entry, text) in texts) this[entry] = text
            return
        }
        val saved = roadbook.find(kind, id) ?: return
        val changed = saved.toDraft()
        if (of.read(changed) != said || texts.keys.any { it.read(changed).isNotEmpty() }) return
        if (texts.all { (entry, text) -> entry.write(changed, text) }) roadbook.edit(saved, changed)
    }

    fun entry(field: Field<*>): Entry<D> = entries.first { it.field.name == field.name }

    /** The record as it would be saved, and what was typed that is no value of its field. */
    fun filled(): Pair<D, Map<String, Int>> {
        val filled = record?.toDraft() ?: blank()
        val wrong = mutableMapOf<String, Int>()
        for (entry in entries) {
            val typed = draft[entry.field.name] ?: continue
            if (!entry.write(filled, typed)) wrong[entry.field.name] = entry.wrong
        }
        return filled to wrong
    }

    /** Saves what was typed; null if something typed is no value of its field. */
    suspend fun save(roadbook: Roadbook): RecordId? {
        problems.clear()
        unreadable.clear()
        val id = id
        while (true) {
            val typed = draft.all()
            val (filled, wrong) = filled()
            unreadable.putAll(wrong)
            if (wrong.isNotEmpty()) {
                failures++
                return null
            }
            try {
                put(roadbook, filled)
            } catch (failed: RoadbookException) {
                if (failed is RoadbookException.Invalid) problems.putAll(failed.problems)
                failures++
                throw failed
            }
            // What was typed, or came late, while that was being written is saved, too.
            if (draft.isEmpty || draft.all() == typed) break
            record = roadbook.get(kind, id).also { draft[VERSION] = it.info.version.toText() }
        }
        draft.discard()
        return id
    }

    private suspend fun put(roadbook: Roadbook, filled: D) {
        val known = record
        if (known == null) roadbook.log(filled, id)
        else roadbook.edit(known, filled, at = draft[VERSION]?.let(Version::of) ?: known.info.version)
    }
}

/** A form for one record: fields, save, what is wrong. [above] and [below] are what a kind has besides. */
@Composable
fun <R : EditableRecord<D>, D : Draft<R>> RecordForm(
    screen: Screen,
    kind: Kind<R>,
    entries: List<Entry<D>>,
    blank: () -> D,
    onSaved: (RecordId) -> Unit = {},
    above: @Composable (FormState<R, D>) -> Unit = {},
    below: @Composable (FormState<R, D>) -> Unit = {},
) {
    val roadbook = LocalRoadbook.current
    val navigator = LocalNavigator.current
    val draft = LocalPhone.current.drafts.of("$screen")
    val actions = rememberActions()
    val form = remember(draft) { FormState(kind, screen.id, blank, draft) }
    form.entries = entries
    LaunchedEffect(form) {
        try {
            form.load(roadbook)
        } catch (failed: RoadbookException) {
            actions.error = failed
        }
    }
    val title = stringResource(if (screen.id == null) R.string.form_new else R.string.form_edit, kind.label.here())
    Page(title) { padding ->
        if (!form.loaded) return@Page ErrorLine(actions.error, Modifier.padding(padding))
        if (screen.id != null && form.record == null) return@Page Empty(stringResource(R.string.not_here))
        Column(
            Modifier.padding(padding).imePadding().verticalScroll(rememberScrollState()).padding(16.dp),
            verticalArrangement = Arrangement.spacedBy(12.dp),
        ) {
            screen.id?.let { Where(it) }
            above(form)
            for (entry in entries) if (entry.asked?.invoke(form.filled().first) != false) EntryField(form, entry)
            below(form)
            Column(
                Modifier.inSight(form) { form.firstWrong == null },
                verticalArrangement = Arrangement.spacedBy(12.dp),
            ) {
                ErrorLine(actions.error)
                Button(
                    {
                        actions.run {
                            form.save(roadbook)?.let {
                                onSaved(it)
                                navigator.leave(screen)
                            }
                        }
                    },
                    Modifier.fillMaxWidth(),
                    enabled = !actions.running,
                ) {
                    Text(stringResource(R.string.save))
                }
            }
            if (!form.isUntouched) {
                TextButton(form::discard, Modifier.fillMaxWidth(), enabled = !actions.running) {
                    Text(stringResource(R.string.discard_draft))
                }
            }
        }
    }
}

/** Scrolls to this after a save that did not work, if [here] is what is wrong: a form is longer than the screen. */
@Composable
private fun Modifier.inSight(form: FormState<*, *>, here: () -> Boolean): Modifier {
    val requester = remember { BringIntoViewRequester() }
    LaunchedEffect(form.failures) {
        if (form.failures == 0 || !here()) return@LaunchedEffect
        withFrameNanos {} // what it says has its size by then
        requester.bringIntoView()
    }
    return bringIntoViewRequester(requester)
}

@Composable
private fun <R : EditableRecord<D>, D : Draft<R>> EntryField(form: FormState<R, D>, entry: Entry<D>) {
    if (entry.shape == Shape.Hidden || (entry.shape as? Shape.Options)?.options?.isEmpty() == true) return
    Box(Modifier.inSight(form) { form.firstWrong == entry.field.name }) { EntryInput(form, entry) }
}

@Composable
private fun <R : EditableRecord<D>, D : Draft<R>> EntryInput(form: FormState<R, D>, entry: Entry<D>) {
    val label = entry.field.label.here()
    val problem =
        form.problems[entry.field.name]?.here() ?: form.unreadable[entry.field.name]?.let { stringResource(it) }
    when (val shape = entry.shape) {
        Shape.Hidden -> Unit
        is Shape.Line ->
            if (form[entry].length > TOO_LONG_TO_EDIT) LongText(label, form[entry], problem) { form[entry] = it }
            else
                OutlinedTextField(
                    form[entry],
                    { form[entry] = it },
                    Modifier.fillMaxWidth().testTag(entry.field.name),
                    label = { Text(label) },
                    isError = problem != null,
                    supportingText = (problem ?: shape.hint?.let { stringResource(it) })?.let { { Text(it) } },
                    singleLine = shape.lines == 1,
                    minLines = shape.lines,
                    // A pasted book must not push the save button out of reach.
                    maxLines = if (shape.lines == 1) 1 else 12,
                    keyboardOptions =
                        KeyboardOptions(keyboardType = if (shape.digits) KeyboardType.Decimal else KeyboardType.Text),
                )
        Shape.YesNo -> {
            val options = listOf("true" to stringResource(R.string.yes), "false" to stringResource(R.string.no))
            Chips(label, options, problem, form[entry], several = false) { form[entry] = it }
        }
        is Shape.Options -> {
            val options = shape.options.map { it.value to it.label.here() }
            Chips(label, options, problem, form[entry], shape.several) { form[entry] = it }
        }
    }
}

/** A phone takes minutes to lay out a megabyte in a text field. */
private const val TOO_LONG_TO_EDIT = 20_000

/** A pasted book: kept whole, shown by its beginning, to be saved or cut. */
@Composable
private fun LongText(label: String, text: String, problem: String?, change: (String) -> Unit) {
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(label, style = MaterialTheme.typography.labelLarge)
            Text(text.upTo(SHOWN), maxLines = 4, overflow = TextOverflow.Ellipsis)
            Text(stringResource(R.string.long_text, text.length), color = MaterialTheme.colorScheme.onSurfaceVariant)
            problem?.let { Text(it, color = MaterialTheme.colorScheme.error) }
            TextButton({ change(text.upTo(SHOWN)) }) {
                Text(stringResource(R.string.long_text_cut))
            }
        }
    }
}

private const val SHOWN = 300

@Composable
private fun Tick() = Icon(painterResource(R.drawable.ic_tick), null, Modifier.size(FilterChipDefaults.IconSize))

/** Choices as chips: each in sight, one tap away. [chosen] holds one a line. */
@Composable
private fun Chips(
    label: String,
    options: List<Pair<String, String>>,
    problem: String?,
    chosen: String,
    several: Boolean,
    choose: (String) -> Unit,
) {
    val now = chosen.split('\n').filter(String::isNotEmpty).toSet()
    Column {
        Text(label, Modifier.semantics { heading() }, style = MaterialTheme.typography.labelLarge)
        FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            for ((value, words) in options) {
                val next =
                    when {
                        value in now -> now - value
                        several -> now + value
                        else -> setOf(value)
                    }
                val on = value in now
                val which = stringResource(R.string.field_is, label, words)
                FilterChip(
                    on,
                    { choose(next.joinToString("\n")) },
                    { Text(words, fontWeight = if (on) FontWeight.SemiBold else FontWeight.Normal) },
                    Modifier.semantics { contentDescription = which }, // there may be a "Yes" for each of two fields
                    // The colour alone is not seen in the sun.
                    leadingIcon = if (on) ({ Tick() }) else null,
                )
            }
        }
        problem?.let { Text(it, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodySmall) }
    }
}
