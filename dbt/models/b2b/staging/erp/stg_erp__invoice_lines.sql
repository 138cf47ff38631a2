with

invoice_lines as (
    select * from {{ source('erp', 'invoice_lines') }}
),

final as (
    select
        'erp:' || document_number || ':' || cast(line_number as string) as transaction_id,
        'erp' as source,
        cast(debtor_number as string) as source_record_id,
        case when crm_contact_id is not null then 'crm' end as contact_source,
        nullif(trim(crm_contact_id), '') as contact_record_id,
        case document_type
            when 'invoice' then 'sale'
            when 'credit_note' then 'return'
            when 'bad_debt' then 'adjustment'
            else document_type
        end as transaction_type,
        {{ normalise_code('document_number') }} as order_id,
        {{ normalise_code('credited_invoice') }} as original_order_id,
        {{ normalise_code('product_code') }} as product_code,
        nullif(trim(description), '') as description,
        quantity,
        unit_price,
        cast(quantity * unit_price as decimal(18, 4)) as amount,
        {{ normalise_code('currency') }} as currency,
        document_date as occurred_at,
        _partition as partition_date
    from invoice_lines
)

select * from final
