package org.roadbook.sample

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.roadbook.Money
import org.roadbook.Opportunity
import org.roadbook.OpportunityStage
import org.roadbook.Query

/** Opportunities by stage, each stage with its sum; one tap moves one on, two to any stage. */
@Composable
fun Board() {
    val navigator = LocalNavigator.current
    val roadbook = LocalRoadbook.current
    val actions = rememberActions()
    val all by watching { observe(Query(Opportunity).page(LARGEST)) }
    Page(stringResource(R.string.opportunities)) { padding ->
        val shown = all ?: return@Page
        if (shown.isEmpty()) return@Page Empty(stringResource(R.string.board_empty), Modifier.padding(padding))
        LazyColumn(Modifier.padding(padding).fillMaxSize()) {
            item { ErrorLine(actions.error, Modifier.padding(16.dp)) }
            for (stage in OpportunityStage.all) {
                val here = shown.filter { (it.stage ?: OpportunityStage.Lead) == stage }
                if (here.isEmpty()) continue
                item {
                    Heading(
                        listOf("${stage.label.here()} (${here.size})", sums(here))
                            .filter { it.isNotEmpty() }
                            .joinToString(stringResource(R.string.dot))
                    )
                }
                items(here, key = { it.id.value }) { opportunity ->
                    val detail =
                        listOfNotNull(
                            opportunity.account?.let { titleOf(it) },
                            opportunity.amount?.short(),
                            opportunity.expectedClose?.short(),
                        )
                    val move = { to: OpportunityStage ->
                        actions.run { roadbook.edit(opportunity) { this.stage = to } }
                    }
                    Line(
                        opportunity.name,
                        detail.joinToString(stringResource(R.string.dot)),
                        record = opportunity.id,
                        onClick = { navigator.go(Place.OPPORTUNITY_FORM, opportunity.id) },
                        end = 4.dp,
                    ) {
                        Row(verticalAlignment = Alignment.CenterVertically) {
                            following(stage)?.let { next ->
                                val words = stringResource(R.string.move_on_to, opportunity.name, next.label.here())
                                TextButton({ move(next) }, Modifier.semantics { contentDescription = words }) {
                                    Text(stringResource(R.string.move_on, next.label.here()))
                                }
                            }
                            Stages(opportunity, move)
                        }
                    }
                }
            }
            if (shown.size == LARGEST) item { Empty(stringResource(R.string.board_full, LARGEST)) }
        }
    }
}

/** A menu of all stages but the one it is at. */
@Composable
private fun Stages(opportunity: Opportunity, move: (OpportunityStage) -> Unit) {
    var open by remember { mutableStateOf(false) }
    Box {
        IconButton({ open = true }) {
            Icon(painterResource(R.drawable.ic_more), stringResource(R.string.move_to, opportunity.name))
        }
        DropdownMenu(open, { open = false }) {
            for (stage in OpportunityStage.all - setOfNotNull(opportunity.stage)) {
                DropdownMenuItem(
                    { Text(stage.label.here()) },
                    {
                        open = false
                        move(stage)
                    },
                )
            }
        }
    }
}

private const val LARGEST = 300

private fun following(stage: OpportunityStage): OpportunityStage? =
    when (stage) {
        OpportunityStage.Won,
        OpportunityStage.Lost,
        is OpportunityStage.Unknown -> null
        else -> OpportunityStage.all.let { it[it.indexOf(stage) + 1] }
    }

/** What a stage is worth, a currency at a time. */
@Composable
private fun sums(opportunities: List<Opportunity>): String =
    opportunities
        .mapNotNull { it.amount }
        .groupBy { it.currency }
        .map { (currency, all) -> Money(all.sumOf { it.amount }, currency).short() }
        .joinToString(" + ")
