"""Name the functions that analysts' SQL may call. Whatever is not named is refused: what DuckDB adds stays out.

Left out on purpose: all that reads files, addresses, settings, secrets or the catalogue; all that runs a text as SQL;
and what makes a long text or list out of a short one by a number (repeat, lpad, format, range as a value).
"""

_AGGREGATES = """
any_value approx_count_distinct approx_quantile arg_max arg_max_null arg_min arg_min_null array_agg avg bit_and bit_or
bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp entropy favg first fsum
group_concat histogram kurtosis last list listagg mad max max_by mean median min min_by mode product quantile
quantile_cont quantile_disc regr_slope regr_intercept regr_r2 skewness stddev stddev_pop stddev_samp string_agg sum
sum_no_overflow var_pop var_samp variance grouping grouping_id
"""
_WINDOWS = "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value"
_OPERATORS = """
+ - * / // % ^ ** || = == <> != < <= > >= ~ ~~ !~~ ~~* !~~* ~~~ ^@ & | << >> @> <@ && -> ->> not_like not_ilike
"""
_TEXTS = """
ascii bit_length chr concat concat_ws contains ends_with ilike_escape instr jaccard jaro_similarity
jaro_winkler_similarity lcase left left_grapheme len length length_grapheme levenshtein editdist3 like_escape lower
ltrim md5 md5_number nfc_normalize not_ilike_escape not_like_escape ord position prefix regexp_escape regexp_extract
regexp_extract_all regexp_full_match regexp_matches regexp_split_to_array replace reverse right right_grapheme rtrim
sha256 split split_part starts_with str_split str_split_regex string_split string_split_regex string_to_array
strip_accents strlen strpos substr substring substring_grapheme suffix translate trim ucase unicode upper url_decode
url_encode hash hex unhex base64 to_base64
"""
_NUMBERS = """
abs add ceil ceiling cbrt divide even exp fdiv floor fmod gamma gcd greatest greatest_common_divisor isfinite isinf
isnan lcm least ln log log10 log2 mod multiply nextafter pi pow power radians degrees random round round_even sign
signbit sin cos tan sqrt subtract trunc width_bucket bit_count xor
"""
_TIMES = """
age century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname
dayofmonth dayofweek dayofyear decade epoch epoch_ms epoch_ns epoch_us era hour isodow isoyear last_day make_date
make_time make_timestamp make_timestamp_ms make_timestamptz microsecond millennium millisecond minute month monthname
nanosecond quarter second strftime strptime time_bucket timezone to_days to_hours to_microseconds to_milliseconds
to_minutes to_months to_seconds to_timestamp to_weeks to_years try_strptime week weekday weekofyear year yearweek
"""
_LISTS = """
array_append array_concat array_contains array_distinct array_extract array_filter array_has array_has_all
array_has_any array_indexof array_intersect array_length array_position array_reduce array_slice array_sort
array_to_string array_transform array_unique array_value array_where cardinality element_at flatten list_aggregate
list_any_value list_append list_avg list_cat list_concat list_contains list_count list_distinct list_element
list_extract list_filter list_first list_has list_has_all list_has_any list_indexof list_intersect list_last list_max
list_median list_min list_mode list_pack list_position list_prepend list_reduce list_reverse list_reverse_sort
list_select list_slice list_sort list_string_agg list_sum list_transform list_unique list_value list_where list_zip
map map_contains map_entries map_extract map_from_entries map_keys map_values row struct_extract struct_insert
struct_pack unnest unpivot_list
"""
_JSON = """
json json_array json_array_length json_contains json_exists json_extract json_extract_path json_extract_path_text
json_extract_string json_group_array json_group_object json_keys json_object json_structure json_transform json_type
json_valid json_value to_json from_json
"""
_OTHERS = "coalesce constant_or_null if ifnull nullif error typeof case try_cast not in"

FUNCTIONS = frozenset(
    " ".join((_AGGREGATES, _WINDOWS, _OPERATORS, _TEXTS, _NUMBERS, _TIMES, _LISTS, _JSON, _OTHERS)).split()
)
"""Functions of values, by the names that the parser gives them, in lower case."""

TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
"""Functions that stand for a table; all of them give their rows as they are asked for."""
