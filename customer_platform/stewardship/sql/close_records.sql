-- Records of that id in other sources, and of nearly that id in its own.
select
    source,
    record_id
from {named}
where
    record_id = $record_id
    or (
        source = $source
        and jaro_winkler_similarity(lower(record_id), lower(trim($record_id))) >= $close
    )
order by
    {first} desc,
    jaro_winkler_similarity(lower(record_id), lower(trim($record_id))) desc,
    source asc,
    record_id asc
limit $most
