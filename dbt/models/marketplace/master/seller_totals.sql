{{ trade_totals('seller_id', 'buyer_id') }}
