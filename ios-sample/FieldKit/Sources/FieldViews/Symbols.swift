import FieldModel
import SwiftUI

/// SF Symbols by what they mean here.
enum Symbol: String {
    case account = "building.2"
    case after = "chevron.forward"
    case before = "chevron.backward"
    case board = "rectangle.split.3x1"
    case call = "phone"
    case check = "checkmark"
    case clock = "clock.badge.exclamationmark"
    case conflict = "arrow.triangle.branch"
    case contact = "person"
    case delivered = "checkmark.circle.fill"
    case gift = "gift"
    case hindered = "exclamationmark.icloud"
    case locked = "lock"
    case offline = "wifi.slash"
    case plus = "plus"
    case queued = "arrow.up"
    case refused = "hand.raised"
    case review = "tray"
    case saved = "iphone"
    case scan = "qrcode.viewfinder"
    case search = "magnifyingglass"
    case settings = "gearshape"
    case task = "checklist"
    case team = "person.3"
    case today = "calendar"
    case visit = "mappin.and.ellipse"
    case warning = "exclamationmark.triangle"
}

extension Label where Title == Text, Icon == Image {
    init(_ key: LocalizedStringKey, _ symbol: Symbol) { self.init(key, systemImage: symbol.rawValue) }
}

extension Image {
    init(_ symbol: Symbol) { self.init(systemName: symbol.rawValue) }
}

// `Form` is the model of a form here; SwiftUI's is called by its full name.
typealias Form = FieldModel.Form
