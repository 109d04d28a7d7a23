package org.roadbook.sample

import androidx.compose.runtime.mutableStateMapOf
import java.io.File
import java.io.IOException
import java.util.Properties
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch

/**
 * What is typed and not saved yet. In files, not in the saved instance state: that one is lost when the process is
 * killed while the app is in front, and a text of a megabyte makes Android throw when the app leaves the screen.
 */
class Drafts(private val folder: File, private val scope: CoroutineScope) {
    private val open = HashMap<String, FormDraft>()

    /** The draft of one form; the same object while the process lives. */
    @Synchronized
    fun of(form: String): FormDraft {
        val name = form.replace(Regex("[^A-Za-z0-9-]"), "_")
        return open.getOrPut(name) { FormDraft(folder.resolve(name), scope) }
    }

    /** The forms of records into which something was typed that was neither saved nor given up. */
    @Synchronized
    fun unfinished(): List<Screen> =
        (folder.list().orEmpty().toSet() + open.keys).sorted().mapNotNull(Screen::of).filter {
            it.place.form != null && of("$it").all().keys.any { key -> !key.startsWith(FORM) }
        }

    @Synchronized
    fun clear() {
        open.values.forEach(FormDraft::discard)
        open.clear()
        folder.deleteRecursively()
    }
}

/** What a form itself keeps in its draft has names that begin so. */
const val FORM = "form."

/** The fields of one form that were touched, as text by name. */
class FormDraft internal constructor(private val file: File, private val scope: CoroutineScope) {
    private val texts = mutableStateMapOf<String, String>()
    private val fresh = File("${file.path}.new")
    private var writing: Job? = null

    init {
        // Properties escape everything beyond Latin-1, so that half a character pair comes back as it was typed.
        if (file.exists())
            file.inputStream().use { Properties().apply { load(it) } }.forEach { (k, v) -> texts["$k"] = "$v" }
    }

    val isEmpty: Boolean
        get() = texts.isEmpty()

    operator fun get(name: String): String? = texts[name]

    /** All of it, as it is now. */
    fun all(): Map<String, String> = HashMap(texts)

    operator fun set(name: String, text: String) {
        texts[name] = text
        val now = all()
        synchronized(this) {
            writing?.cancel()
            writing =
                scope.launch(Dispatchers.IO) {
                    delay(PAUSE_MILLIS)
                    synchronized(this@FormDraft) {
                        // Saved or given up while this waited: the file must not come back.
                        ensureActive()
                        write(now)
                    }
                }
        }
    }

    fun discard() {
        synchronized(this) {
            writing?.cancel()
            file.delete()
            fresh.delete() // left there by a kill
        }
        texts.clear()
    }

    private fun write(texts: Map<String, String>) {
        val whole = Properties().apply { putAll(texts) }
        try {
            file.parentFile?.mkdirs()
            fresh.outputStream().use { whole.store(it, null) }
            fresh.renameTo(file)
        } catch (_: IOException) {
            // A full disk: what is typed stays on the screen, and saving says so.
            fresh.delete()
        }
    }

    private companion object {
        /** Long enough not to write at every key, short enough that a kill costs a word at most. */
        const val PAUSE_MILLIS = 200L
    }
}
