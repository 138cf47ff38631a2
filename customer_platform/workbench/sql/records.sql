-- The records that have some numbers, whatever their sources.
select *
from {records}
where
    -- Other columns are read of these rows alone: of a list of values DuckDB would read all.
    rowid in (
        select numbered.rowid
        from {records} as numbered
        where cast(numbered.{record_id} as varchar) in ({numbers})
    )
