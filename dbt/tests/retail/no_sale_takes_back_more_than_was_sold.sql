-- Fails if more pieces of a sale line come back than were sold, or if they come back to a line that is
-- no sale, or to another product.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

{{ sales_that_take_back_too_much() }}
