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

    /** Starts the relay again, at the same address. */
    fun restart() {
        relay = start(address.removePrefix("http://"))
        address = listening()
    }

    override fun close() {
        relay.destroy()
        check(relay.waitFor(20, TimeUnit.SECONDS)) { "the relay does not stop" }
    }

    private fun start(listen: String) = run("relay", "--data", data.path, "--listen", listen, "--json").start()

    private fun listening() =
        checkNotNull(Regex(""""listening":"([^"]+)"""").find(relay.inputStream.bufferedReader().readLine())).groupValues[1]

    private fun run(vararg words: String): ProcessBuilder {
        val log = folder.resolve("command.log")
        return ProcessBuilder(command, *words).redirectError(ProcessBuilder.Redirect.appendTo(log))
    }

    private fun id(said: String) = checkNotNull(Regex(""""id":"([^"]+)"""").find(said)).groupValues[1]

    private companion object {
        val command: String = checkNotNull(System.getenv("ROADBOOK_BIN")) { "ROADBOOK_BIN is not set; run .ci/kotlin" }
    }
}
