-- What: a requirement without a section that keeps its evidence.
-- Why: nobody would be asked for what is missing in rpt_evidence.
-- How to resolve: add the requirement to seeds/forms/requirement_owners.csv.
select requirements.requirement_code
from {{ ref('dim_requirement') }} as requirements
left join {{ ref('requirement_owners') }} as owners using (requirement_code)
where owners.requirement_code is null
