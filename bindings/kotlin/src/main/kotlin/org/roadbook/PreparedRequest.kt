package org.roadbook

import org.roadbook.ffi.FfiPrepared

/**
 * A sync request for an HTTP client of the app's own, made by [Roadbook.prepare]: a `POST` of [body] to [url] with
 * [headers]. The answer goes to [Roadbook.apply] with the same [body], from another process of the app if need be. One
 * that is never sent costs nothing.
 */
public class PreparedRequest
internal constructor(
    /** Where to. */
    public val url: String,
    /** Its headers; the device's token is among them, so keep it no longer than needed. */
    public val headers: Map<String, String>,
    /** Its body. */
    public val body: ByteArray,
)

internal fun FfiPrepared.toPublic() = PreparedRequest(url, headers, body)
