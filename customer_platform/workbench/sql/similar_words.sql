-- The words of names that are spelt most like a word.
select
    word,
    jaro_winkler_similarity(word, $word) as similarity
from search.words
where
    length(word) between $shortest and $longest
    and jaro_winkler_similarity(word, $word) >= $least
group by all
order by similarity desc, sum(owners) desc
limit $most
