// The package for Android: the Kotlin API, the worker, the Keystore, and the rules that R8 needs.
plugins { alias(libs.plugins.android.library) }

android {
    namespace = "org.roadbook.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }

    // The API is the very code that runs on the JVM; `.ci/bindings` puts the generated part there.
    sourceSets.named("main") {
        kotlin.directories += listOf("../src/main/kotlin", "../src/generated/kotlin", "../target/uniffi")
        // <abi>/libroadbook_ffi.so, e.g. from cargo-ndk.
        jniLibs.directories += "jni"
    }
    // The tests run a relay as the package's own do.
    sourceSets.named("test") { kotlin.directories += "../src/office/kotlin" }
    testOptions.unitTests.isIncludeAndroidResources = true
}

kotlin { jvmToolchain(17) }

dependencies {
    api(libs.kotlinx.coroutines.android)
    api(libs.androidx.work.runtime)
    // The AAR carries JNA's own library for each ABI.
    implementation(libs.jna) { artifact { type = "aar" } }

    testImplementation(libs.androidx.test.core)
    testImplementation(libs.androidx.work.testing)
    testImplementation(libs.junit)
    testImplementation(libs.kotlin.test.junit)
    testImplementation(libs.robolectric)
}
