package org.roadbook.sample

import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableLongStateOf
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.stringResource
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.flow
import org.roadbook.Kind
import org.roadbook.Query
import org.roadbook.Record
import org.roadbook.Roadbook
import org.roadbook.Visit

/**
 * A long list of which only what is in sight is held: pages come when their lines do, and go when they are far away.
 */
class Pages<R : Record>(private val roadbook: Roadbook, private val kind: Kind<R>, private val query: Query<R>) {
    private val held = mutableStateMapOf<Int, List<R>>()
    var count by mutableLongStateOf(-1)
        private set

    operator fun get(index: Int): R? = held[index / SIZE]?.getOrNull(index % SIZE)

    /** Holds what [visible] lines need, and the pages beside them. */
    suspend fun show(visible: IntRange) {
        val wanted = (visible.first / SIZE - 1).coerceAtLeast(0)..visible.last / SIZE + 1
        held.keys.filter { it !in wanted }.forEach(held::remove)
        for (page in wanted) if (page !in held && page * SIZE < count) held[page] = read(page)
    }

    /** Reads again what is held whenever the kind changes. */
    suspend fun follow() {
        // Observed before the first count, so that no change falls between; a new object each time, so that one that
        // leaves the count as it is gets through, too.
        roadbook
            .watch({ it.concerns(kind) }) { Counted(count(query)) }
            .collect {
                count = it.count
                for (page in held.keys.toList()) held[page] = read(page)
            }
    }

    private class Counted(val count: Long)

    private suspend fun read(page: Int): List<R> =
        roadbook.list(query.page(SIZE, page * SIZE)).also { recordsRead += it.size }

    companion object {
        const val SIZE = 40
        /** By all lists of this process: for tests. */
        var recordsRead = 0
            private set
    }
}

/** Every visit on this phone, latest first. */
@Composable
fun Visits() {
    val roadbook = LocalRoadbook.current
    val navigator = LocalNavigator.current
    val phone = LocalPhone.current
    val pages = remember(roadbook) { Pages(roadbook, Visit, Query(Visit).descending(Visit.Fields.checkInAt)) }
    val list = rememberLazyListState()
    LaunchedEffect(pages) { whileOpen(phone) { pages.follow() } }
    LaunchedEffect(pages) {
        snapshotFlow {
                val shown = list.layoutInfo.visibleItemsInfo
                Triple(shown.firstOrNull()?.index ?: 0, shown.lastOrNull()?.index ?: 0, pages.count)
            }
            .collectLatest { (first, last) -> whileOpen(phone) { pages.show(first..last) } }
    }
    Page(stringResource(R.string.all_visits)) { padding ->
        if (pages.count == 0L) Empty(stringResource(R.string.visits_empty), Modifier.padding(padding))
        LazyColumn(Modifier.padding(padding).fillMaxSize().testTag("visits"), list) {
            items(pages.count.coerceAtLeast(0).toInt()) { index ->
                val visit = pages[index]
                if (visit == null) Line("…", "") else VisitLine(visit) { navigator.go(Place.VISIT_FORM, visit.id) }
            }
        }
    }
}

/** Goes on after what passes by itself; a closed or ended store is shown by the app as a whole. */
private suspend fun whileOpen(phone: Phone, block: suspend () -> Unit) =
    flow<Unit> { block() }.steadily(phone::damaged).collect()

@Composable
fun VisitLine(visit: Visit, onClick: () -> Unit) {
    val detail = listOfNotNull(visit.moment(), visit.mode?.label?.here(), visit.purpose, visit.outcome)
    Line(
        titleOf(visit.account),
        detail.joinToString(stringResource(R.string.dot)),
        record = visit.id,
        onClick = onClick,
    )
}

/** When it took place, or is planned. */
@Composable
fun Visit.moment(): String {
    val planned = plannedAt
    return checkInAt?.short() ?: planned?.let { stringResource(R.string.planned, it.short()) } ?: info.createdAt.short()
}
