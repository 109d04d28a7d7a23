package org.roadbook.sample

import android.Manifest.permission.ACCESS_COARSE_LOCATION
import android.Manifest.permission.ACCESS_FINE_LOCATION
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.location.Location
import android.location.LocationManager
import android.os.CancellationSignal
import androidx.core.location.LocationManagerCompat
import kotlin.coroutines.resume
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import org.roadbook.GeoPoint

/** Where the phone is, if it knows within a moment. A check-in never waits for a satellite. */
class Positions(private val context: Context) {
    val allowed: Boolean
        get() = PERMISSIONS.any { context.checkSelfPermission(it) == PERMISSION_GRANTED }

    /** The place with its accuracy; null without permission, without a fix in time, or with positioning off. */
    @SuppressLint("MissingPermission") // asked for by `allowed`
    suspend fun now(): GeoPoint? {
        if (!allowed) return null
        val manager = context.getSystemService(LocationManager::class.java) ?: return null
        val provider =
            PROVIDERS.firstOrNull { it in manager.allProviders && manager.isProviderEnabled(it) } ?: return null
        val location =
            withTimeoutOrNull(PATIENCE) {
                suspendCancellableCoroutine { waiting ->
                    val signal = CancellationSignal()
                    waiting.invokeOnCancellation { signal.cancel() }
                    LocationManagerCompat.getCurrentLocation(manager, provider, signal, context.mainExecutor) {
                        found: Location? ->
                        waiting.resume(found)
                    }
                }
            }
        return location?.let {
            GeoPoint(it.latitude, it.longitude, it.accuracy.takeIf { _ -> it.hasAccuracy() }?.toDouble())
        }
    }

    companion object {
        val PERMISSIONS = arrayOf(ACCESS_FINE_LOCATION, ACCESS_COARSE_LOCATION)
        private val PROVIDERS = listOf(LocationManager.GPS_PROVIDER, LocationManager.NETWORK_PROVIDER)
        private val PATIENCE = 8.seconds
    }
}

/** Whether a position counts as at a place: no farther than the geofence, as far as it is accurate. */
fun GeoPoint.isAt(place: GeoPoint): Boolean {
    val metres = FloatArray(1)
    Location.distanceBetween(place.lat, place.lon, lat, lon, metres)
    return metres[0] <= GEOFENCE_METRES + (accuracy ?: 0.0)
}

private const val GEOFENCE_METRES = 200
