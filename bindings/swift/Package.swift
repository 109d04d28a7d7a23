// swift-tools-version: 6.0
import PackageDescription

// The Rust library: on Apple platforms an XCFramework; on Linux the C header only, and the caller says where the library
// is (swift build -Xlinker -L…). No unsafe flags, so that the package can be a dependency.
#if os(Linux)
    let ffi: Target = .target(name: "RoadbookFFI", linkerSettings: [.linkedLibrary("roadbook_ffi")])
#else
    let ffi: Target = .binaryTarget(name: "RoadbookFFI", path: "RoadbookFFI.xcframework")
#endif

let package = Package(
    name: "Roadbook",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "RoadbookKit", targets: ["RoadbookKit"])],
    targets: [
        ffi,
        // Written by uniffi; not Swift 6 clean, and no product: never visible to an app.
        .target(
            name: "RoadbookGenerated", dependencies: ["RoadbookFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(
            name: "RoadbookKit",
            dependencies: ["RoadbookGenerated"],
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("ExistentialAny"),
            ]),
        .testTarget(name: "RoadbookKitTests", dependencies: ["RoadbookKit"]),
    ]
)
