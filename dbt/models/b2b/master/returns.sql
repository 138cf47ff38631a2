{{ matched_returns('account') }}
