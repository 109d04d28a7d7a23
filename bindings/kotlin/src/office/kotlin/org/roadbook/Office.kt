package org.roadbook

import java.io.File
import java.util.concurrent.TimeUnit

/** A real relay process with one workspace; [folder] holds it and the devices. */
internal class Office(private val folder: File) : AutoCloseable {
    private val data = folder.resolve("relay")
    private var relay: Process = start("127.0.0.1:0")

    /** Where the relay listens. */
    var address: String = listening()
        private set

    private val workspace = id(admin("workspace", "add", "--name", "华东"))

    /** A new member's id. */
    fun member(name: String, role: String, reportsTo: String? = null): String {
        val above = if (reportsTo == null) emptyArray() else arrayOf("--reports-to", reportsTo)
        return id(admin("member", "add", "--workspace", workspace, "--name", name, "--role", role, *above))
    }

    /** A one-time invitation. */
    fun invitation(member: String): String =
        checkNotNull(Regex(""""link":"([^"]+)"""").find(admin("invite", "--member", member))).groupValues[1]

    /** A device that belongs to a member. */
    suspend fun device(member: String, name: String): Roadbook =
        Roadbook.open(folder.resolve(name)).also { it.enrol(invitation(member), name) }

    /** What an administrator does. */
    fun admin(vararg words: String): String {
        val token = data.resolve("admin.token").path
        val process = run("admin", *words, "--json", "--relay", address, "--token-file", token).start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor() == 0) { "admin ${words.joinToString(" ")}: $said" }
        return said
    }

    /** Kills the relay, as a power cut would. */
    fun kill() {
        relay.destroyForcibly().waitFor()
    }

    /** Starts the relay again, at the same address; its clock may be wrong by some days. */
    fun restart(daysAhead: Int = 0) {
        relay = start(address.removePrefix("http://"), daysAhead)
        address = listening()
    }

    /** An administrator's order to every device of a member: `wipe` or `retire`. */
    fun order(member: String, order: String) {
        val devices = admin("device", "list", "--workspace", workspace)
        val theirs = devices.lines().filter { member in it }.map(::id)
        check(theirs.isNotEmpty()) { "no device of $member: $devices" }
        for (device in theirs) admin("device", "order", "--device", device, "--order", order)
    }

    /** Hands accounts over from one member's own book to another's. */
    fun move(account: String, from: String, to: String) {
        val books = admin("book", "list", "--workspace", workspace).lines()
        val own = { member: String -> id(books.first { "\"owner\":\"$member\"" in it }) }
        admin("move", "--from", own(from), "--to", own(to), "--roots", account)
    }

    override fun close() {
        relay.destroy()
        check(relay.waitFor(20, TimeUnit.SECONDS)) { "the relay does not stop" }
    }

    private fun start(listen: String, daysAhead: Int = 0): Process {
        val relay = run("relay", "--data", data.path, "--listen", listen, "--json")
        if (daysAhead != 0) {
            val library = checkNotNull(FAKETIME.find { File(it).exists() }) { "install faketime" }
            // Timers must go on as they are: only the calendar is wrong.
            relay.environment() +=
                mapOf(
                    "LD_PRELOAD" to library,
                    "FAKETIME" to "${"%+d".format(daysAhead)}d",
                    "FAKETIME_DONT_FAKE_MONOTONIC" to "1",
                )
        }
        return relay.start()
    }

    private fun listening() =
        checkNotNull(Regex(""""listening":"([^"]+)"""").find(relay.inputStream.bufferedReader().readLine()))
            .groupValues[1]

    private fun run(vararg words: String): ProcessBuilder {
        val log = folder.resolve("command.log")
        return ProcessBuilder(command, *words).redirectError(ProcessBuilder.Redirect.appendTo(log))
    }

    private fun id(said: String) = checkNotNull(Regex(""""id":"([^"]+)"""").find(said)).groupValues[1]

    private companion object {
        val command: String = checkNotNull(System.getenv("ROADBOOK_BIN")) { "ROADBOOK_BIN is not set; run .ci/kotlin" }
        val FAKETIME = listOf("x86_64", "aarch64").map { "/usr/lib/$it-linux-gnu/faketime/libfaketimeMT.so.1" }
    }
}
