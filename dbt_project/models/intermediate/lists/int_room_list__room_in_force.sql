with

final as (
    {{ schools_in_force('stg_room_list__room', 'room_list') }}
)

select * from final
