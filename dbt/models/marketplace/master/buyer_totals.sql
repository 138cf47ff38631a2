{{ trade_totals('buyer_id', 'seller_id') }}
