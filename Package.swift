// swift-tools-version: 6.0
import PackageDescription

// For `.package(url:)`, which wants a manifest at the repository's root; the sources are those of bindings/swift, and so
// are the settings. A release's tag holds what the repository does not: the generated sources and the XCFramework
// (bindings/swift/README.md).
let swift = "bindings/swift"
#if os(Linux)
    let ffi: Target = .target(
        name: "RoadbookFFI", path: "\(swift)/Sources/RoadbookFFI", linkerSettings: [.linkedLibrary("roadbook_ffi")])
#else
    let ffi: Target = .binaryTarget(name: "RoadbookFFI", path: "\(swift)/RoadbookFFI.xcframework")
#endif

let package = Package(
    name: "Roadbook",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "RoadbookKit", targets: ["RoadbookKit"])],
    targets: [
        ffi,
        .target(
            name: "RoadbookGenerated", dependencies: ["RoadbookFFI"], path: "\(swift)/Sources/RoadbookGenerated",
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(
            name: "RoadbookKit", dependencies: ["RoadbookGenerated"], path: "\(swift)/Sources/RoadbookKit",
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("ExistentialAny"),
            ]),
    ]
)
