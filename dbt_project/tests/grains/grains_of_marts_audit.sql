{{ grains_of([
    'aud_check_index',
    'aud_quarantined_row'
]) }}
