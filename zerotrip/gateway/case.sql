-- A case as one JSON document, timeline included: one statement, whatever the length of the timeline.
-- Each part is one index scan: cases_case.number, the foreign keys of its parts, mail_consignment.reference,
-- ledger_entry_case. Scalar subqueries rather than joins: a join of nine tables takes ten times longer to plan than to
-- run. Names and phones are sealed, so they come beside the document and are masked by the caller.
-- {visible} is the SELECT of `Case.objects.visible_to(actor)` for the number asked for.
SELECT
    json_build_object(
        'number', c.number,
        'state', c.state,
        'outcome', c.outcome,
        'outcome_reason', c.outcome_reason,
        'item', json_build_object(
            'code', (SELECT i.code FROM catalog_serviceitem i WHERE i.id = c.item_id),
            'name', (SELECT v.name FROM catalog_itemversion v WHERE v.id = c.version_id),
            'version', (SELECT v.number FROM catalog_itemversion v WHERE v.id = c.version_id)),
        'county', c.county,
        'hall', (SELECT json_build_object('code', h.code, 'name', h.name) FROM places_place h WHERE h.id = c.hall_id),
        'window', (SELECT json_build_object('code', w.code, 'name', w.name) FROM places_place w WHERE w.id = c.window_id),
        'company', (
            SELECT json_build_object('name', o.name, 'uscc', o.uscc)
            FROM people_company o WHERE o.id = c.applicant_company_id),
        'region', (SELECT k.region FROM people_contact k WHERE k.id = c.contact_id),
        'materials_route', c.materials_route,
        'result_route', c.result_route,
        'materials', coalesce((
            SELECT json_agg(json_build_object(
                'position', m.position, 'name', m.name, 'originals', m.originals, 'copies', m.copies,
                'required', m.required, 'route', m.route, 'received_at', m.received_at) ORDER BY m.position)
            FROM cases_casematerial m WHERE m.case_id = c.id), '[]'::json),
        'trips_promised', c.trips_promised,
        'visits', coalesce((
            SELECT json_agg(json_build_object('place', p.name, 'reason', s.reason, 'at', s.at) ORDER BY s.at)
            FROM cases_visit s JOIN places_place p ON p.id = s.place_id WHERE s.case_id = c.id), '[]'::json),
        'promise', CASE WHEN c.due IS NULL THEN NULL
            ELSE json_build_object('day', c.due, 'provisional', c.due_provisional) END,
        'promised_at', c.promised_at,
        'forecast_at', c.forecast_at,
        'at_risk', c.at_risk,
        'legs', coalesce((
            SELECT json_agg(json_build_object(
                'kind', t.kind, 'from', t.origin, 'from_name', t.origin_name, 'to', t.target, 'to_name', t.target_name,
                'departs', t.departs, 'arrives', t.arrives, 'departed_at', t.departed_at, 'arrived_at', t.arrived_at,
                'expected_at', t.expected_at) ORDER BY t.position)
            FROM cases_caseleg t WHERE t.case_id = c.id), '[]'::json),
        'certificate_number', c.certificate_number,
        'correction', (
            SELECT json_build_object('asked_at', r.asked_at, 'answered_at', r.answered_at, 'problems', coalesce((
                SELECT json_agg(json_build_object(
                    'material', b.material, 'problem', b.problem, 'remedy', b.remedy) ORDER BY b.id)
                FROM cases_correctionproblem b WHERE b.correction_id = r.id), '[]'::json))
            FROM cases_correction r WHERE r.case_id = c.id),
        'consignments', coalesce((
            SELECT json_agg(json_build_object(
                'number', g.number, 'purpose', g.purpose, 'state', g.state, 'net', g.net, 'payer', g.payer,
                'postage', g.postage::text, 'ordered_at', g.ordered_at, 'accepted_at', g.accepted_at,
                'delivered_at', g.delivered_at, 'attempts', g.attempts) ORDER BY g.id)
            FROM mail_consignment g WHERE g.reference = c.number), '[]'::json),
        'timeline', coalesce((
            SELECT json_agg(json_build_object(
                'at', e.at, 'kind', e.kind, 'place', e.place_name, 'actor', e.actor_name, 'data', e.data)
                ORDER BY e.at, e.id)
            FROM ledger_entry e WHERE e.case_number = c.number AND e.kind = ANY(%s)), '[]'::json),
        'applied_at', c.applied_at,
        'received_at', c.received_at,
        'accepted_at', c.accepted_at,
        'decided_at', c.decided_at,
        'sent_at', c.sent_at,
        'closed_at', c.closed_at
    )::text,
    (SELECT n.name FROM people_person n WHERE n.id = c.applicant_person_id),
    (SELECT k.name FROM people_contact k WHERE k.id = c.contact_id),
    (SELECT k.phone FROM people_contact k WHERE k.id = c.contact_id)
FROM cases_case c
WHERE c.id IN ({visible})
