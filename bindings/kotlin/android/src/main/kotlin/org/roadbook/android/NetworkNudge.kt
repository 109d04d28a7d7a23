package org.roadbook.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network

/** Calls [nudge] when the network comes back: `NetworkNudge(context) { roadbook.nudge() }`. */
public class NetworkNudge(context: Context, private val nudge: () -> Unit) {
    private val manager = context.getSystemService(ConnectivityManager::class.java)
    private var watching: ConnectivityManager.NetworkCallback? = null

    /** Watches until [stop]. Needs ACCESS_NETWORK_STATE. */
    @Synchronized
    public fun start() {
        if (watching != null) return
        val callback =
            object : ConnectivityManager.NetworkCallback() {
                override fun onAvailable(network: Network) = nudge()
            }
        manager.registerDefaultNetworkCallback(callback)
        watching = callback
    }

    /** Ends it. */
    @Synchronized
    public fun stop() {
        watching?.let(manager::unregisterNetworkCallback)
        watching = null
    }
}
