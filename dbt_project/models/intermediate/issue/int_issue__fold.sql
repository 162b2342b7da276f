{{ folded_issue_events(ref('int_issue__event')) }}
