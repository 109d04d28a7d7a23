package org.roadbook.sample

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.roadbook.*

/** Everything, as you type. */
@Composable
fun Search() {
    val navigator = LocalNavigator.current
    var text by rememberSaveable { mutableStateOf("") }
    val hits by watching(text) { observeSearch(text) }
    Page(stringResource(R.string.search)) { padding ->
        Column(Modifier.padding(padding).fillMaxSize()) {
            OutlinedTextField(
                text,
                { text = it.upTo(LONGEST) },
                Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 8.dp).testTag("search"),
                placeholder = { Text(stringResource(R.string.search_hint)) },
                singleLine = true,
            )
            val found = hits ?: return@Column
            if (text.isNotBlank() && found.isEmpty()) Empty(stringResource(R.string.search_none, text))
            if (text.isBlank()) Empty(stringResource(R.string.search_empty))
            else
                LazyColumn(Modifier.fillMaxSize()) {
                    items(found, key = { it.id.value }) { hit ->
                        val detail =
                            listOfNotNull(kinds[hit.kind]?.label?.here(), hit.excerpt.takeIf { it != hit.title })
                        Line(
                            hit.title,
                            detail.joinToString(stringResource(R.string.dot)),
                            record = hit.id,
                            onClick = { navigator.open(hit.kind, hit.id) },
                        )
                    }
                }
        }
    }
}

/** Nobody searches for more, and a pasted book would make every key slow. */
private const val LONGEST = 200

/** Where a record of any kind is shown. */
fun Navigator.open(kind: String?, id: RecordId) {
    when (kind) {
        Account.name -> go(Place.ACCOUNT, id)
        Contact.name -> go(Place.CONTACT_FORM, id)
        Visit.name -> go(Place.VISIT_FORM, id)
        GiftNote.name -> go(Place.GIFT_FORM, id)
        Opportunity.name -> go(Place.OPPORTUNITY_FORM, id)
        TaskRecord.name -> go(Place.TASK_FORM, id)
    }
}
