package org.roadbook.sample

import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.NavigationBarItemDefaults
import androidx.compose.material3.Scaffold
import androidx.compose.material3.SnackbarHost
import androidx.compose.material3.SnackbarHostState
import androidx.compose.material3.Text
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.listSaver
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.roadbook.*

class MainActivity : ComponentActivity() {
    private val phone
        get() = (application as SampleApp).phone

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        val shared = intent.takeIf { it.action == Intent.ACTION_SEND }?.getStringExtra(Intent.EXTRA_TEXT)
        setContent { Look { Root(phone, shared) } }
    }

    override fun onStart() {
        super.onStart()
        phone.front()
    }

    override fun onStop() {
        phone.back()
        super.onStop()
    }
}

/** What a screen shows; of what kind's records it is the [form], if it is one. */
enum class Place(val form: Kind<*>? = null) {
    TODAY,
    SEARCH,
    BOARD,
    TEAM,
    SETTINGS,
    ENROL,
    ACCOUNT,
    VISITS,
    CONFLICTS,
    REVIEW,
    ACCOUNT_FORM(Account),
    CONTACT_FORM(Contact),
    VISIT_FORM(Visit),
    GIFT_FORM(GiftNote),
    OPPORTUNITY_FORM(Opportunity),
    TASK_FORM(TaskRecord),
}

/** A place and what it is about. [account] is for a form of a record that is not there yet. */
data class Screen(val place: Place, val id: RecordId? = null, val account: RecordId? = null) {
    override fun toString(): String = "$place ${id ?: "-"} ${account ?: "-"}"

    companion object {
        /** What [toString] gave, be it as the name of a file; null if that is another's. */
        fun of(text: String): Screen? {
            val (name, id, account) = PARTS.matchEntire(text)?.destructured ?: return null
            val place = Place.entries.find { it.name == name } ?: return null
            return Screen(place, record(id), record(account))
        }

        private val PARTS = Regex("(.+)[ _]([0-9a-f-]+)[ _]([0-9a-f-]+)")

        private fun record(text: String) = text.takeIf { it != "-" }?.let(::RecordId)
    }
}

/** The screens gone through, the visible one last. */
class Navigator(start: List<Screen>) {
    val screens = mutableStateListOf(*start.toTypedArray())

    val now: Screen
        get() = screens.last()

    fun go(screen: Screen) {
        screens += screen
    }

    fun go(place: Place, id: RecordId? = null, account: RecordId? = null) = go(Screen(place, id, account))

    /** Puts another screen below the visible one, for when that goes: a new record's card below its form. */
    fun below(screen: Screen) {
        screens.add(screens.lastIndex, screen)
    }

    /** Leaves a screen whose work is done, unless the user has left it already. */
    fun leave(screen: Screen) {
        if (now == screen) back()
    }

    fun back() {
        if (screens.size > 1) screens.removeAt(screens.lastIndex)
    }

    /** One of the five places of the bar. */
    fun top(place: Place) {
        screens.clear()
        screens += Screen(place)
    }

    companion object {
        val Saver =
            listSaver<Navigator, String>({ n -> n.screens.map { "$it" } }, { Navigator(it.mapNotNull(Screen::of)) })
    }
}

val LocalPhone = staticCompositionLocalOf<Phone> { error("no phone") }
val LocalRoadbook = staticCompositionLocalOf<Roadbook> { error("no store") }
val LocalNavigator = staticCompositionLocalOf<Navigator> { error("no navigator") }
val LocalSnackbar = staticCompositionLocalOf<SnackbarHostState> { error("no snackbar") }

private val light =
    lightColorScheme(
        primary = Color(0xFF1B5E4B),
        primaryContainer = Color(0xFFCDEBDF),
        onPrimaryContainer = Color(0xFF06281E),
        secondaryContainer = Color(0xFFB2D6C7),
        onSecondaryContainer = Color(0xFF0B221A),
        tertiary = Color(0xFF8A5300),
        tertiaryContainer = Color(0xFFFFE3BF),
        onTertiaryContainer = Color(0xFF2C1700),
        surface = Color(0xFFFBFDFB),
        background = Color(0xFFFBFDFB),
        surfaceContainer = Color(0xFFEAF1ED),
        surfaceContainerHigh = Color(0xFFE4ECE8),
        surfaceContainerHighest = Color(0xFFE7EFEB),
        onSurfaceVariant = Color(0xFF3F4944),
        outline = Color(0xFF66706B),
        outlineVariant = Color(0xFF7F8A84), // the edge of chips and buttons: 3.5 to 1, to be seen in the sun
    )
private val dark =
    darkColorScheme(
        primary = Color(0xFF8FD6BE),
        onPrimary = Color(0xFF00382A),
        primaryContainer = Color(0xFF0B4636),
        onPrimaryContainer = Color(0xFFCDEBDF),
        secondaryContainer = Color(0xFF3F5D52),
        onSecondaryContainer = Color(0xFFDDEAE4),
        tertiary = Color(0xFFFFB95C),
        tertiaryContainer = Color(0xFF5F3900),
        onTertiaryContainer = Color(0xFFFFE3BF),
        surface = Color(0xFF101412),
        background = Color(0xFF101412),
        surfaceContainer = Color(0xFF1A211E),
        surfaceContainerHigh = Color(0xFF222B27),
        surfaceContainerHighest = Color(0xFF26302C),
        onSurfaceVariant = Color(0xFFC0CAC5),
        outline = Color(0xFF8E9994),
        outlineVariant = Color(0xFF76817C),
    )

/**
 * Most phones have Chinese in one weight. Medium thickens only what is Latin in a line, digits above all; from SemiBold
 * on, Android thickens Chinese as well.
 */
private val typography =
    Typography().run {
        copy(
            titleMedium = titleMedium.copy(fontWeight = FontWeight.SemiBold),
            titleSmall = titleSmall.copy(fontWeight = FontWeight.SemiBold),
            labelLarge = labelLarge.copy(fontWeight = FontWeight.SemiBold),
            labelMedium = labelMedium.copy(fontWeight = FontWeight.Normal),
        )
    }

@Composable
fun Look(content: @Composable () -> Unit) =
    MaterialTheme(if (isSystemInDarkTheme()) dark else light, typography = typography, content = content)

/** The app: whatever the store's state allows. [shared] is a text another app handed over. */
@Composable
fun Root(phone: Phone, shared: String? = null) {
    val stored by phone.stored.collectAsStateWithLifecycle()
    val ended by phone.ended.collectAsStateWithLifecycle()
    CompositionLocalProvider(LocalPhone provides phone) {
        val now = stored
        when {
            ended in ERASED -> Ended(ended == StopReason.RETIRED)
            now is Stored.Failed -> CannotOpen(now.because)
            now is Stored.Open -> key(now.roadbook) { Main(now.roadbook, shared) }
            else -> Opening()
        }
    }
}

@Composable
private fun Main(roadbook: Roadbook, shared: String?) {
    val navigator =
        rememberSaveable(saver = Navigator.Saver) {
            Navigator(listOf(Screen(Place.TODAY)) + listOfNotNull(shared?.let { Screen(Place.ENROL) }))
        }
    val snackbar = remember { SnackbarHostState() }
    CompositionLocalProvider(
        LocalRoadbook provides roadbook,
        LocalNavigator provides navigator,
        LocalSnackbar provides snackbar,
    ) {
        BackHandler(navigator.screens.size > 1, navigator::back)
        val screens = rememberSaveableStateHolder()
        Scaffold(
            snackbarHost = { SnackbarHost(snackbar) },
            bottomBar = { if (navigator.screens.size == 1) Bar(navigator) },
        ) { padding ->
            Box(Modifier.padding(bottom = padding.calculateBottomPadding())) {
                val screen = navigator.now
                // Each screen keeps its scroll position while others lie on top of it.
                screens.SaveableStateProvider("$screen") { key(screen) { Show(screen, shared) } }
            }
        }
    }
}

@Composable
private fun Bar(navigator: Navigator) {
    val manages by watching(Unit) { managesFlow() }
    val items =
        listOfNotNull(
            Triple(Place.TODAY, R.string.today, R.drawable.ic_today),
            Triple(Place.SEARCH, R.string.search, R.drawable.ic_search),
            Triple(Place.BOARD, R.string.board, R.drawable.ic_board),
            Triple(Place.TEAM, R.string.team, R.drawable.ic_team).takeIf { manages == true },
            Triple(Place.SETTINGS, R.string.settings, R.drawable.ic_settings),
        )
    NavigationBar {
        for ((place, name, icon) in items) {
            NavigationBarItem(
                selected = navigator.now.place == place,
                onClick = { navigator.top(place) },
                icon = { Icon(painterResource(icon), contentDescription = null) },
                label = { Text(stringResource(name), maxLines = 1, overflow = TextOverflow.Ellipsis) },
                colors = NavigationBarItemDefaults.colors(selectedTextColor = MaterialTheme.colorScheme.onSurface),
            )
        }
    }
}

@Composable
private fun Show(screen: Screen, shared: String?) =
    when (screen.place) {
        Place.TODAY -> Today()
        Place.SEARCH -> Search()
        Place.BOARD -> Board()
        Place.TEAM -> TeamDay()
        Place.SETTINGS -> Settings()
        Place.ENROL -> Enrol(shared)
        Place.ACCOUNT -> AccountCard(checkNotNull(screen.id))
        Place.VISITS -> Visits()
        Place.CONFLICTS -> Conflicts(screen.id)
        Place.REVIEW -> ReviewTray()
        Place.ACCOUNT_FORM -> AccountForm(screen)
        Place.CONTACT_FORM -> ContactForm(screen)
        Place.VISIT_FORM -> VisitForm(screen)
        Place.GIFT_FORM -> GiftForm(screen)
        Place.OPPORTUNITY_FORM -> OpportunityForm(screen)
        Place.TASK_FORM -> TaskForm(screen)
    }
