pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "roadbook-sample"

include(":app", ":roadbook-android")

// The package's Android module lives beside the package.
project(":roadbook-android").projectDir = file("../bindings/kotlin/android")
