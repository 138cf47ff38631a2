{#-
    What a line identifier needs beside day and row number, as several files may hold one day:
    nothing for the file with the plain name, a mark of its path for any other.
-#}
{% macro file_marker(plain_name) -%}
    case when _source_file = {{ plain_name }} then '' else '.' || left({{ md5_hex('_source_file') }}, 8) end
{%- endmacro %}
