import FieldModel
import Foundation
import RoadbookKit

// The app in a process of its own, so that a test can kill it as a phone does: it logs a visit, begins another, says
// that it has, and waits for its end.
let session = Session(folder: URL(fileURLWithPath: CommandLine.arguments[1]))
await session.enterForeground()
guard let desk = session.desk else { fatalError("not open: \(session.state)") }
let account = await Form<Account>(on: desk, new: AccountDraft(name: "百草堂")).save()!
let visit = Form<Visit>(on: desk, new: VisitDraft(account: account, purpose: "新品演示"))
await visit.checkIn()
_ = await visit.save()!
let half = Form<Visit>(on: desk, new: VisitDraft(account: account))
half.draft.talkPoints = "价格、交期"
half.flush()
AccountCard(on: desk, account).reason.text = "重复"
// As long as it takes until what is typed is put down.
try await Task.sleep(for: .milliseconds(600))
FileHandle.standardOutput.write(Data("typed\n".utf8))
try await Task.sleep(for: .seconds(60))
