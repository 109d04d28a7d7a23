// swift-tools-version: 6.0
import PackageDescription

// The app's models and views. Xcode builds the app around them (../Field.xcodeproj). On Linux `linux/SwiftUI` stands in
// for Apple's SwiftUI, so that the very same view files are type-checked there; nothing is drawn.
#if os(Linux)
    let linux: [Target] = [
        .target(name: "SwiftUI", path: "linux/SwiftUI"),
        .executableTarget(name: "Typist", dependencies: ["FieldModel"], path: "linux/Typist"),
    ]
    let swiftUI: [Target.Dependency] = ["SwiftUI"]
#else
    let linux: [Target] = []
    let swiftUI: [Target.Dependency] = []
#endif

let package = Package(
    name: "FieldKit",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "FieldKit", targets: ["FieldModel", "FieldViews"])],
    dependencies: [.package(path: "../../bindings/swift")],
    targets: [
        .target(name: "FieldModel", dependencies: [.product(name: "RoadbookKit", package: "swift")]),
        .target(name: "FieldViews", dependencies: ["FieldModel"] + swiftUI),
        .testTarget(name: "FieldModelTests", dependencies: ["FieldModel"]),
    ] + linux
)
