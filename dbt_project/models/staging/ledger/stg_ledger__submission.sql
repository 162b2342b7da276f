with

submissions as (
    select * from {{ source('ledger', 'submissions') }}
),

final as (
    select
        submission_id,
        cast(delivery_night as integer) as delivery_night,
        cast(night as integer) as night,
        sha256,
        file_name,
        area_code,
        area_prefix,
        cast(folder_school_year as integer) as folder_school_year,
        source,
        contract,
        covers,
        status,
        reason,
        fix,
        {{ joined_list('refused_with', ';') }} as refused_with,
        rows_read,
        rows_accepted,
        rows_quarantined,
        rules_version
    from submissions
)

select * from final
