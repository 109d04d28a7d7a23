package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.runtime.withFrameNanos
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flowOf
import org.roadbook.*

/** One account: what it is, who is there, what happened, who changed what. */
@Composable
fun AccountCard(id: RecordId) {
    val navigator = LocalNavigator.current
    val account by watching(id) { watch({ it.concerns(Account, id) }) { listOfNotNull(find(Account, id)) } }
    val contacts by
        watching(id) { observe(Query(Contact).where(Contact.Fields.account eq id).ascending(Contact.Fields.name)) }
    var length by rememberSaveable { mutableIntStateOf(LATEST) }
    // One more than is shown says whether there is any.
    val timeline by watching(id, length) { timeline(id, length + 1) }
    val today = rememberToday()
    val next by watching(id, today) { watch({ it.concernsRecords }) { nextActions(today, account = id) } }
    var historyShown by rememberSaveable { mutableStateOf(false) }
    var historyAsked by remember { mutableStateOf(false) }
    val history by watching(id, historyShown) { if (historyShown) latestHistory(id) else flowOf(null) }
    val list = rememberLazyListState()
    LaunchedEffect(history == null) {
        // It begins below the screen. Who comes back from elsewhere stays where they were.
        if (history == null || !historyAsked) return@LaunchedEffect
        historyAsked = false
        withFrameNanos {} // it is in the list by then
        list.animateScrollToItem(list.layoutInfo.totalItemsCount - 2) // below it is only what deletes the account
    }
    val known = account
    Page(
        known?.firstOrNull()?.name ?: Account.label.here(),
        actions = { TextButton({ navigator.go(Place.ACCOUNT_FORM, id) }) { Text(stringResource(R.string.edit)) } },
    ) { padding ->
        if (known == null) return@Page
        val shown =
            known.firstOrNull() ?: return@Page Empty(stringResource(R.string.not_here), Modifier.padding(padding))
        // Not before all of it is there: who comes back would find the list too short for where they were.
        val people = contacts ?: return@Page
        val happened = timeline ?: return@Page
        LazyColumn(Modifier.padding(padding).fillMaxSize(), list) {
            item { Facts(shown, next.orEmpty()) }
            item { NewRecords(id) }
            if (people.isNotEmpty()) item { Heading(stringResource(R.string.contacts)) }
            items(people, key = { it.id.value }) { ContactLine(it) }
            if (happened.isNotEmpty()) item { Heading(stringResource(R.string.timeline)) }
            items(happened.take(length), key = { it.id.value }) { TimelineLine(it) }
            if (happened.size > length) {
                item {
                    TextButton({ length *= 2 }, Modifier.padding(horizontal = 8.dp)) {
                        Text(stringResource(R.string.earlier))
                    }
                }
            }
            item {
                TextButton(
                    {
                        historyShown = !historyShown
                        historyAsked = historyShown
                    },
                    Modifier.padding(8.dp),
                ) {
                    Text(stringResource(if (historyShown) R.string.history_hide else R.string.history_show))
                }
            }
            history?.let { item { History(it) } }
            item { Deletion(shown) }
        }
    }
}

private const val LATEST = 20

@Composable
private fun Facts(account: Account, next: List<NextAction>) {
    val navigator = LocalNavigator.current
    Column(Modifier.padding(horizontal = 16.dp, vertical = 8.dp), verticalArrangement = Arrangement.spacedBy(6.dp)) {
        val facts =
            listOfNotNull(
                Account.Fields.strategic.label.here().takeIf { account.strategic == true },
                account.maturity?.label?.here(),
                account.tier?.label?.here(),
                account.industry,
                account.region,
            )
        if (facts.isNotEmpty()) {
            Text(facts.joinToString(stringResource(R.string.dot)), color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
        if (account.phones.isNotEmpty()) {
            FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) { for (one in account.phones) Call(one) }
        }
        next
            .find { it.source != Source.TASK }
            ?.let {
                val late = it.urgency == Urgency.OVERDUE
                Text(
                    stringResource(R.string.next_due, it.dueTo.short()),
                    color = if (late) MaterialTheme.colorScheme.error else Color.Unspecified,
                )
            }
        if (account.tags.isNotEmpty()) {
            val tags = account.tags.sorted().joinToString(stringResource(R.string.comma))
            Text(stringResource(R.string.field_is, Account.Fields.tags.label.here(), tags))
        }
        account.nextStep?.let { Text(stringResource(R.string.next_step, it)) }
        account.notes?.let { Text(it, maxLines = 6) }
        Where(account.id)
        if (account.info.deletedBecause != null) Banner(stringResource(R.string.deleted), Tone.GRAVE)
        if (account.info.conflicts > 0) {
            Banner(
                stringResource(R.string.conflicts_here, account.info.conflicts),
                action = {
                    TextButton({ navigator.go(Place.CONFLICTS, account.id) }) { Text(stringResource(R.string.decide)) }
                },
            )
        }
    }
}

/** What can be added here. */
@Composable
private fun NewRecords(account: RecordId) {
    val navigator = LocalNavigator.current
    FlowRow(
        Modifier.padding(horizontal = 16.dp, vertical = 4.dp),
        horizontalArrangement = Arrangement.spacedBy(8.dp),
        verticalArrangement = Arrangement.spacedBy(4.dp),
    ) {
        for (place in NEW) {
            FilledTonalButton(
                { navigator.go(place, account = account) },
                contentPadding = ButtonDefaults.ButtonWithIconContentPadding,
            ) {
                Icon(painterResource(R.drawable.ic_add), null, Modifier.size(ButtonDefaults.IconSize))
                Spacer(Modifier.width(ButtonDefaults.IconSpacing))
                Text(checkNotNull(place.form).label.here())
            }
        }
    }
}

private val NEW =
    listOf(
        Place.VISIT_FORM,
        Place.GIFT_FORM,
        Place.OPPORTUNITY_FORM,
        Place.CONTACT_FORM,
        Place.TASK_FORM,
    )

@Composable
private fun ContactLine(contact: Contact) {
    val navigator = LocalNavigator.current
    val number = contact.phones.firstOrNull()
    Line(
        contact.name,
        listOfNotNull(contact.title, contact.role?.label?.here(), number?.unbroken())
            .joinToString(stringResource(R.string.dot)),
        record = contact.id,
        onClick = { navigator.go(Place.CONTACT_FORM, contact.id) },
        end = if (number == null) 16.dp else 4.dp,
    ) {
        number?.let { Call(it, contact.name) }
    }
}

/** Who changed which field when, from what to what; latest first. */
private fun Roadbook.latestHistory(id: RecordId): Flow<List<HistoryEntry>> =
    watch({ id in it.records || it.kinds.isNotEmpty() }) { history(id).takeLast(LONGEST).reversed() }

@Composable
private fun History(history: List<HistoryEntry>) {
    Column(Modifier.padding(horizontal = 16.dp, vertical = 8.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
        for (entry in history) {
            Column {
                val kind = Account.name
                val change =
                    stringResource(
                        R.string.history_change,
                        fieldWords(kind, entry.field),
                        entry.from.words(kind, entry.field),
                        entry.to.words(kind, entry.field),
                    )
                Text(change, style = MaterialTheme.typography.bodyMedium)
                val who =
                    listOfNotNull(nameOf(entry.by), entry.at.short(), entry.because)
                        .joinToString(stringResource(R.string.dot))
                Text(
                    who,
                    style = MaterialTheme.typography.bodySmall,
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                )
            }
        }
    }
}

private const val LONGEST = 100

/** An account is deleted with a reason, and can be restored for a month. */
@Composable
private fun Deletion(account: Account) {
    val roadbook = LocalRoadbook.current
    val actions = rememberActions()
    val draft = LocalPhone.current.drafts.of("DELETION ${account.id}")
    val reason = draft[REASON]
    val deleted = account.info.deletedBecause != null
    if (reason == null && !deleted)
        return TextButton({ draft[REASON] = "" }, Modifier.padding(8.dp)) {
            Text(stringResource(R.string.delete_account), color = MaterialTheme.colorScheme.error)
        }
    Column(Modifier.padding(horizontal = 16.dp, vertical = 8.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        ErrorLine(actions.error)
        if (deleted) {
            OutlinedButton({ actions.run { roadbook.restore(account.id) } }) {
                Text(stringResource(R.string.restore_account))
            }
        } else if (reason != null) {
            Reason(draft)
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                Button(
                    {
                        actions.run {
                            roadbook.delete(account.id, reason)
                            draft.discard()
                        }
                    },
                    enabled = reason.isNotBlank() && !actions.running,
                    colors = ButtonDefaults.buttonColors(MaterialTheme.colorScheme.error),
                ) {
                    Text(stringResource(R.string.delete_account))
                }
                TextButton(draft::discard) { Text(stringResource(R.string.cancel)) }
            }
        }
    }
}
