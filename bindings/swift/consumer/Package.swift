// swift-tools-version: 6.0
import PackageDescription

// An app that takes the package as others do: through the manifest at the repository's root. Run by .ci/ios.
let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Roadbook", path: "../../..")],
    targets: [
        .executableTarget(name: "Consumer", dependencies: [.product(name: "RoadbookKit", package: "Roadbook")])
    ]
)
