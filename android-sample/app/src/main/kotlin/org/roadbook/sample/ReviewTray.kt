package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.roadbook.Proposal
import org.roadbook.Verdict

/**
 * What the old rep logged after accounts were handed over: taken or refused, a record at a time. Below it, what became
 * of what this phone logged on accounts of others.
 */
@Composable
fun ReviewTray() {
    val actions = rememberActions()
    val proposals by watching { watch({ true }) { proposals() } }
    val verdicts by watching { watch({ it.access || it.sync }) { verdicts() } }
    Page(stringResource(R.string.review)) { padding ->
        val shown = proposals ?: return@Page
        val decided = verdicts ?: return@Page
        if (shown.isEmpty() && decided.isEmpty())
            return@Page Empty(stringResource(R.string.review_empty), Modifier.padding(padding))
        LazyColumn(Modifier.padding(padding).fillMaxSize()) {
            item { ErrorLine(actions.error, Modifier.padding(16.dp)) }
            items(shown, key = { "${it.record} ${it.member}" }) { OneProposal(it, actions) }
            if (decided.isNotEmpty()) item { Heading(stringResource(R.string.verdicts)) }
            items(decided) { OneVerdict(it) }
        }
    }
}

@Composable
private fun OneVerdict(verdict: Verdict) {
    val detail =
        listOfNotNull(
            stringResource(if (verdict.accepted) R.string.accepted else R.string.refused),
            nameOf(verdict.by),
            verdict.at?.short(),
            verdict.because,
        )
    Line(titleOf(verdict), detail.joinToString(stringResource(R.string.dot)))
}

@Composable
private fun OneProposal(proposal: Proposal, actions: Actions) {
    val roadbook = LocalRoadbook.current
    val draft = LocalPhone.current.drafts.of("PROPOSAL ${proposal.record} ${proposal.member}")
    val decide = { accept: Boolean ->
        actions.run {
            roadbook.decide(proposal, accept, draft[REASON]?.takeIf(String::isNotBlank))
            draft.discard()
        }
    }
    val kind = kinds[proposal.kind]?.label?.here() ?: stringResource(R.string.record)
    Card(Modifier.padding(horizontal = 16.dp, vertical = 8.dp).fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            val title =
                stringResource(
                    if (proposal.isNew) R.string.proposes_new else R.string.proposes_change,
                    nameOf(proposal.member),
                    kind,
                )
            Text(title, style = MaterialTheme.typography.titleSmall)
            for (change in proposal.changes) {
                val to = change.to.words(proposal.kind, change.field)
                val field = fieldWords(proposal.kind, change.field)
                Text(
                    if (change.from == null) stringResource(R.string.field_is, field, to)
                    else
                        stringResource(
                            R.string.history_change,
                            field,
                            change.from.words(proposal.kind, change.field),
                            to,
                        ),
                    style = MaterialTheme.typography.bodyMedium,
                )
            }
            if (proposal.changes.isEmpty()) Text(stringResource(R.string.proposal_unreadable))
            Reason(draft)
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                val accept = stringResource(R.string.accept)
                val refuse = stringResource(R.string.refuse)
                Button({ decide(true) }, spoken(stringResource(R.string.field_is, accept, title))) { Text(accept) }
                OutlinedButton({ decide(false) }, spoken(stringResource(R.string.field_is, refuse, title))) {
                    Text(refuse)
                }
            }
        }
    }
}

/** There is such a button for each record. */
private fun spoken(words: String) = Modifier.semantics { contentDescription = words }
