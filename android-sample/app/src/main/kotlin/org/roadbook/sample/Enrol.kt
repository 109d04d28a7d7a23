package org.roadbook.sample

import android.content.ActivityNotFoundException
import android.content.ClipboardManager
import android.content.Intent
import android.os.Build
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts.StartActivityForResult
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.delay
import org.roadbook.RoadbookException

/** Turns an invitation into this phone's enrolment: pasted, scanned or shared. */
@Composable
fun Enrol(shared: String?) {
    val roadbook = LocalRoadbook.current
    val phone = LocalPhone.current
    val navigator = LocalNavigator.current
    val context = LocalContext.current
    val actions = rememberActions()
    var invitation by rememberSaveable { mutableStateOf(shared.orEmpty().trim()) }
    var noScanner by remember { mutableStateOf(false) }
    val scanner =
        rememberLauncherForActivityResult(StartActivityForResult()) { result ->
            result.data?.getStringExtra("SCAN_RESULT")?.let { invitation = it.trim() }
        }
    Page(stringResource(R.string.enrol)) { padding ->
        Column(
            Modifier.padding(padding).verticalScroll(rememberScrollState()).padding(16.dp),
            verticalArrangement = Arrangement.spacedBy(12.dp),
        ) {
            Text(stringResource(R.string.enrol_how))
            OutlinedTextField(
                invitation,
                { invitation = it.upTo(LONGEST) },
                Modifier.fillMaxWidth().testTag("invitation"),
                label = { Text(stringResource(R.string.invitation)) },
                maxLines = 4,
            )
            FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                OutlinedButton({
                    val clip = context.getSystemService(ClipboardManager::class.java).primaryClip
                    clip
                        ?.takeIf { it.itemCount > 0 }
                        ?.getItemAt(0)
                        ?.text
                        ?.let { invitation = "$it".trim().upTo(LONGEST) }
                }) {
                    Text(stringResource(R.string.paste))
                }
                OutlinedButton({
                    try {
                        // What the usual scanner apps answer to; the sample carries no camera of its own.
                        scanner.launch(
                            Intent("com.google.zxing.client.android.SCAN").putExtra("SCAN_MODE", "QR_CODE_MODE")
                        )
                    } catch (_: ActivityNotFoundException) {
                        noScanner = true
                    }
                }) {
                    Text(stringResource(R.string.scan))
                }
            }
            if (noScanner) Banner(stringResource(R.string.no_scanner))
            ErrorLine(actions.error)
            Button(
                {
                    actions.run {
                        roadbook.enrol(invitation, Build.MODEL)
                        phone.live(roadbook)
                        navigator.leave(Screen(Place.ENROL))
                    }
                },
                Modifier.fillMaxWidth(),
                enabled = invitation.isNotBlank() && !actions.running,
            ) {
                Text(stringResource(R.string.enrol))
            }
        }
    }
}

/** An invitation is an address and a code; anything longer is none. */
private const val LONGEST = 2_000

/** While the store opens: nothing for a blink, then a sign of life. */
@Composable
fun Opening() {
    var slow by remember { mutableStateOf(false) }
    LaunchedEffect(Unit) {
        delay(500)
        slow = true
    }
    Scaffold { padding ->
        if (!slow) return@Scaffold
        Column(Modifier.padding(padding).fillMaxSize(), Arrangement.Center, Alignment.CenterHorizontally) {
            CircularProgressIndicator()
        }
    }
}

/** The store does not open: why, and what helps. Nothing is deleted here. */
@Composable
fun CannotOpen(because: RoadbookException) {
    val phone = LocalPhone.current
    val actions = rememberActions()
    Scaffold { padding ->
        Empty(because.clearly(), Modifier.padding(padding)) {
            ErrorLine(actions.error)
            if (because is RoadbookException.Damaged) {
                Button({ actions.run { phone.salvage() } }) { Text(stringResource(R.string.salvage)) }
            } else {
                Button(phone::open) { Text(stringResource(R.string.try_again)) }
            }
        }
    }
}

/** An administrator ended this phone; what was on it is erased already. */
@Composable
fun Ended(retired: Boolean) {
    val phone = LocalPhone.current
    val actions = rememberActions()
    Scaffold { padding ->
        Empty(stringResource(if (retired) R.string.ended_retired else R.string.ended), Modifier.padding(padding)) {
            Button({ actions.run { phone.wipe() } }) { Text(stringResource(R.string.start_again)) }
            Text(stringResource(R.string.ended_more), style = MaterialTheme.typography.bodySmall)
        }
    }
}
