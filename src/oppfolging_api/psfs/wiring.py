"""What PSFS hands to the engine: the form, its rules, and the trend."""

from oppfolging_api.fhir.operations import Question, seen, seen_about
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Unprocessable
from oppfolging_api.kernel.registry import Body, Change, Facts, Operation, Registry
from oppfolging_api.psfs.answers import is_psfs, problems
from oppfolging_api.psfs.form import questionnaire
from oppfolging_api.psfs.trend import trend


def register(registry: Registry) -> None:
    canonical = registry.canonical

    async def answers_hold(change: Change, facts: Facts) -> None:
        today = facts.at.astimezone(OSLO).date()
        if change.after is not None and (issues := problems(change.after, canonical, today)):
            raise Unprocessable(tuple(issues))

    registry.packaged.append(questionnaire(canonical))
    registry.rules["QuestionnaireResponse"].append(answers_hold)
    registry.operation(Operation("psfs-trend", "Patient", psfs_trend))


async def psfs_trend(question: Question) -> Body:
    """Every conversation of the person that the caller may see, with its change from the one before."""
    server = question.context.server
    await seen(question.context, question.kind, question.id)
    responses = await seen_about(question.context, server.declared("QuestionnaireResponse"), question.id)
    return trend([response for response in responses if is_psfs(response, server.canonical)])
