{{ folded_issue_events("(
        select known.*
        from " ~ ref('int_issue__known_event') ~ " as known
        inner join " ~ ref('int_issue__figure') ~ " as figures using (issue_id)
        where exists (
            select 1
            from " ~ ref('int_issue__known_event') ~ " as closings
            where known.issue_id = closings.issue_id and closings.event_type = 'closed'
        )
    ) as of_closed_figures") }}
