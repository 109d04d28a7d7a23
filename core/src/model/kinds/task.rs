//! Task 任务: something to do, with or without a date.

use crate::model::{Choice, Field, Kind, choice};

static STATUSES: &[Choice] = &[
    choice("open", "Open", "待办").synonyms(&["not started"]),
    choice("in_progress", "In progress", "进行中").synonyms(&["in progress"]),
    choice("done", "Done", "完成").synonyms(&["completed"]),
    choice("cancelled", "Cancelled", "取消").synonyms(&["deferred"]),
];

static PRIORITIES: &[Choice] = &[
    choice("high", "High", "高"),
    choice("normal", "Normal", "中").synonyms(&["medium"]),
    choice("low", "Low", "低"),
];

/// Task 任务/事件.
pub static TASK: Kind = Kind::new(
    "task",
    "Task",
    "任务",
    &[
        Field::line("subject", "Subject", "主题").required().searched().synonyms(&["name", "title"]),
        Field::link("account", "account", "Account", "客户").root().synonyms(&[
            "account name",
            "company",
            "related to",
        ]),
        Field::link("about", "", "About", "相关记录").about("The record it is about, of any kind."),
        Field::date("due_on", "Due", "截止日期").synonyms(&["due date", "date due"]),
        Field::time("starts_at", "Start", "开始").synonyms(&["start date", "start"]),
        Field::time("ends_at", "End", "结束").synonyms(&["end date", "end"]),
        Field::choice("priority", "Priority", "优先级", PRIORITIES),
        Field::choice("status", "Status", "状态", STATUSES),
        Field::member("assignee", "Assignee", "负责人"),
        Field::time("remind_at", "Reminder", "提醒"),
        Field::line("recurrence", "Recurrence", "重复").about("An iCalendar RRULE."),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["description", "comments"]),
    ],
)
.about("Something to do or attend, for an account or any record.")
.title(&["subject"])
.indexes(&[&["account"], &["due_on"]]);
