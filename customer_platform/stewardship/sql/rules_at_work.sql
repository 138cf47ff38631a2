-- What every rule does, in the order of their priority.
select
    rule,
    links,
    matched_records,
    over_shared_values
from {match_rule_statistics}
order by priority
