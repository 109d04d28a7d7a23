package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.roadbook.Conflict
import org.roadbook.RecordId
import org.roadbook.Value

/**
 * What two people changed without knowing of each other: side by side, to pick one or write what both mean. Of one
 * [record], or of all.
 */
@Composable
fun Conflicts(record: RecordId?) {
    val actions = rememberActions()
    val conflicts by watching(record) { observeConflicts(record) }
    Page(stringResource(R.string.conflicts)) { padding ->
        val shown = conflicts ?: return@Page
        if (shown.isEmpty()) return@Page Empty(stringResource(R.string.conflicts_empty), Modifier.padding(padding))
        LazyColumn(Modifier.padding(padding).fillMaxSize()) {
            item { ErrorLine(actions.error, Modifier.padding(16.dp)) }
            items(shown, key = { "${it.record} ${it.field}" }) { OneConflict(it, actions) }
        }
    }
}

@Composable
private fun OneConflict(conflict: Conflict, actions: Actions) {
    val roadbook = LocalRoadbook.current
    val draft = LocalPhone.current.drafts.of("CONFLICT ${conflict.record} ${conflict.field}")
    Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Text(titleOf(conflict.record), style = MaterialTheme.typography.titleMedium)
        Text(
            listOfNotNull(kinds[conflict.kind]?.label?.here(), fieldWords(conflict.kind, conflict.field))
                .joinToString(stringResource(R.string.dot)),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
        )
        Row(Modifier.height(IntrinsicSize.Max), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            for (side in conflict.sides) {
                SideCard(conflict, side, Modifier.weight(1f).fillMaxHeight()) {
                    actions.run {
                        roadbook.resolve(conflict, side)
                        draft.discard()
                    }
                }
            }
        }
        if (conflict.sides.all { (it.wrote as? Conflict.Wrote.Put)?.value is Value.Text })
            Merge(conflict, draft, actions)
    }
}

@Composable
private fun SideCard(conflict: Conflict, side: Conflict.Side, modifier: Modifier, pick: () -> Unit) {
    Card(modifier) {
        Column(Modifier.padding(12.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
            val words =
                when (val wrote = side.wrote) {
                    is Conflict.Wrote.Put -> wrote.value.words(conflict.kind, conflict.field)
                    is Conflict.Wrote.Removed -> stringResource(R.string.removed_because, wrote.because.orEmpty())
                    Conflict.Wrote.Changed -> stringResource(R.string.changed_it)
                }
            Text(words, Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
            val name = nameOf(side.by)
            Text(name, style = MaterialTheme.typography.bodyMedium)
            Text(
                side.at.short(),
                style = MaterialTheme.typography.bodySmall,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
            val which = stringResource(R.string.keep_this_of, name, words)
            FilledTonalButton(pick, Modifier.fillMaxWidth().semantics { contentDescription = which }) {
                Text(stringResource(R.string.keep_this))
            }
        }
    }
}

/** A third text that says what both mean; starts as both, and outlives the process as a form does. */
@Composable
private fun Merge(conflict: Conflict, draft: FormDraft, actions: Actions) {
    val roadbook = LocalRoadbook.current
    val both = conflict.sides.joinToString(" ") { ((it.wrote as Conflict.Wrote.Put).value as Value.Text).text }
    val text = draft[MERGED] ?: return TextButton({ draft[MERGED] = both }) { Text(stringResource(R.string.merge)) }
    OutlinedTextField(
        text,
        { draft[MERGED] = it },
        Modifier.fillMaxWidth().testTag(MERGED),
        label = { Text(stringResource(R.string.merged)) },
    )
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        Button({
            actions.run {
                roadbook.resolve(conflict, text.takeIf(String::isNotEmpty)?.let(Value::Text))
                draft.discard()
            }
        }) {
            Text(stringResource(R.string.save_merged))
        }
        TextButton(draft::discard) { Text(stringResource(R.string.discard_draft)) }
    }
}

private const val MERGED = "merged"
