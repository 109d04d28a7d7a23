import RoadbookKit

/// What people call a field, where only its stored name is known: in a conflict, a history, a proposal.
public enum FieldNames {
    /// The label of a field; its stored name if this app does not know it. A field of an item, as in
    /// `competitors.0.name`, has the label of what it is in.
    public static func label(of field: String, in kind: String) -> Label {
        let name = field.split(separator: ".").first.map(String.init) ?? field
        return kinds[kind]?[name] ?? Label(field, field)
    }

    /// The same where the kind is not known either: a name means the same in every kind that has it.
    public static func label(of field: String) -> Label {
        for kind in kinds.keys.sorted() {
            let found = label(of: field, in: kind)
            if found != Label(field, field) { return found }
        }
        return Label(field, field)
    }

    private static let kinds = [
        Account.kind.name: account, Contact.kind.name: contact, Visit.kind.name: visit,
        GiftNote.kind.name: giftNote, Opportunity.kind.name: opportunity, TaskRecord.kind.name: taskRecord,
    ]

    private static func labels<R, each V>(_ fields: repeat Field<R, each V>) -> [String: Label] {
        var labels: [String: Label] = [:]
        for field in repeat each fields { labels[field.name] = field.label }
        return labels
    }

    private static let account = {
        typealias F = Account.Fields
        return labels(
            F.name, F.aliases, F.phones, F.website, F.addresses, F.location, F.industry, F.region,
            F.ownership, F.headcount, F.revenue, F.parent, F.source, F.firstDealingOn, F.marketArea,
            F.salesCapacity, F.potential, F.businessPhilosophy, F.businessMethod, F.businessPolicy,
            F.financialStanding, F.creditStanding, F.reputation, F.spendTotal, F.tier, F.tierReason,
            F.maturity, F.strategic, F.scope, F.serviceLevel, F.owner, F.team, F.accountType,
            F.usageCycle, F.procurementMethod, F.currentSuppliers, F.fiscalYear, F.developmentPlan,
            F.tags, F.competitors, F.nextStep, F.notes, F.outsideId, F.extra)
    }()
    private static let contact = {
        typealias F = Contact.Fields
        return labels(
            F.account, F.name, F.title, F.role, F.phones, F.emails, F.chatIds, F.address,
            F.preferredChannel, F.preferredHours, F.birthday, F.dates, F.recipientClass, F.sex,
            F.ethnicity, F.age, F.consents, F.work, F.family, F.health, F.education, F.personality,
            F.habits, F.hobbies, F.personalValues, F.likes, F.dislikes, F.preferredServiceStyle,
            F.promotionReceptiveness, F.notes, F.outsideId, F.extra)
    }()
    private static let visit = {
        typealias F = Visit.Fields
        return labels(
            F.account, F.contacts, F.participants, F.mode, F.purpose, F.plannedAt, F.plannedUntil,
            F.checkInAt, F.checkInPoint, F.checkInInside, F.checkInReason, F.checkOutAt,
            F.checkOutPoint, F.materials, F.talkPoints, F.customerThinking, F.competitorsSeen,
            F.outcome, F.nextStep, F.nextVisitOn, F.samples, F.notes, F.outsideId, F.extra)
    }()
    private static let giftNote = {
        typealias F = GiftNote.Fields
        return labels(
            F.account, F.recipient, F.recipientName, F.occasion, F.item, F.branded,
            F.cashEquivalent, F.quantity, F.value, F.meaning, F.state, F.stateHistory, F.plannedAt,
            F.givenAt, F.approver, F.approverRemark, F.receipt, F.notes, F.outsideId, F.extra)
    }()
    private static let opportunity = {
        typealias F = Opportunity.Fields
        return labels(
            F.account, F.contacts, F.name, F.amount, F.stage, F.stageHistory, F.probability,
            F.openedOn, F.expectedClose, F.products, F.competitors, F.salesperson, F.costForecast,
            F.profitForecast, F.paymentTerm, F.decisionProcess, F.influence, F.consumptionCycle,
            F.shareOfWallet, F.lostReason, F.lostAnalysis, F.wonReason, F.notes, F.outsideId,
            F.extra)
    }()
    private static let taskRecord = {
        typealias F = TaskRecord.Fields
        return labels(
            F.subject, F.account, F.about, F.dueOn, F.startsAt, F.endsAt, F.priority, F.status,
            F.assignee, F.remindAt, F.recurrence, F.notes, F.outsideId, F.extra)
    }()
}
