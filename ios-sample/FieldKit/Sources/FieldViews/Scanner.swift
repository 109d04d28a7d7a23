import SwiftUI

#if canImport(VisionKit) && !os(macOS)
    import UIKit
    import VisionKit

    /// The camera, until it sees a QR code.
    struct Scanner: UIViewControllerRepresentable {
        private let found: (String) -> Void

        init(_ found: @escaping (String) -> Void) { self.found = found }

        /// Whether this device can scan and the person lets the app.
        static var isAvailable: Bool { DataScannerViewController.isSupported && DataScannerViewController.isAvailable }

        func makeUIViewController(context: Context) -> DataScannerViewController {
            let scanner = DataScannerViewController(recognizedDataTypes: [.barcode(symbologies: [.qr])])
            scanner.delegate = context.coordinator
            return scanner
        }

        func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {
            try? scanner.startScanning()
        }

        func makeCoordinator() -> Coordinator { Coordinator(found) }

        final class Coordinator: NSObject, DataScannerViewControllerDelegate {
            private let found: (String) -> Void

            init(_ found: @escaping (String) -> Void) { self.found = found }

            func dataScanner(
                _ scanner: DataScannerViewController, didAdd added: [RecognizedItem], allItems: [RecognizedItem]
            ) {
                for case .barcode(let code) in added {
                    guard let text = code.payloadStringValue else { continue }
                    scanner.stopScanning()
                    return found(text)
                }
            }
        }
    }
#else
    /// A device without a camera: invitations are pasted.
    struct Scanner: View {
        static let isAvailable = false
        let found: (String) -> Void

        init(_ found: @escaping (String) -> Void) { self.found = found }
        var body: some View { EmptyView() }
    }
#endif
