package org.roadbook

import java.io.File
import java.security.KeyStore
import java.util.Base64
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

    /** Starts the relay again, at the same address; its clock may be wrong by some days, or it says who it is. */
    fun restart(daysAhead: Int = 0, certificate: Certificate? = null) {
        relay = start(address.substringAfter("://"), daysAhead, certificate)
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

    private fun start(listen: String, daysAhead: Int = 0, certificate: Certificate? = null): Process {
        val tls = certificate?.run { arrayOf("--tls-cert", chain.path, "--tls-key", key.path) }.orEmpty()
        val relay = run("relay", "--data", data.path, "--listen", listen, "--json", *tls)
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

/** A certificate of 127.0.0.1, valid for a year [from] then, as `keytool` reads it: `-2y`. */
internal class Certificate(folder: File, from: String) {
    private val password = "changeit"
    private val store =
        folder.resolve("certificate$from.p12").also { file ->
            val keytool = File(System.getProperty("java.home"), "bin/keytool").path
            val words =
                "-genkeypair -alias relay -keyalg RSA -keysize 2048 -dname CN=relay -ext san=ip:127.0.0.1 " +
                    "-validity 365 -storetype PKCS12 -storepass $password"
            val command = listOf(keytool) + words.split(" ") + listOf("-startdate", from, "-keystore", file.path)
            check(ProcessBuilder(command).inheritIO().start().waitFor() == 0) { "keytool failed" }
        }
    private val entries = KeyStore.getInstance(store, password.toCharArray())

    /** The certificate, which answers for itself. */
    val chain: File = pem("CERTIFICATE", entries.getCertificate("relay").encoded)

    /** Its key. */
    val key: File = pem("PRIVATE KEY", entries.getKey("relay", password.toCharArray()).encoded)

    private fun pem(what: String, bytes: ByteArray): File {
        val text = "-----BEGIN $what-----\n${Base64.getMimeEncoder().encodeToString(bytes)}\n-----END $what-----\n"
        return File("$store.$what.pem").apply { writeText(text) }
    }
}
