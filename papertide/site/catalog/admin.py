"""The moderators' desk. Papers change only through `services`, so that the change log knows.

What sources tell is shown, not edited: an edit stands above every source from then on, and
a removed paper does not come back, whoever tells of it.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html

from papertide.papers import STATUSES, PartialDate, author_slug, title_key
from papertide.reading.clean import clean
from papertide.site.catalog import services
from papertide.site.catalog.models import (
    Author,
    Change,
    Identity,
    Listing,
    Paper,
    PossibleDuplicate,
    Redirect,
)

_KEY = 180  # longer title keys end in a digest


def _begins(field: str, text: str) -> Q:
    """Rows whose field begins with a text, as an index of the database finds them."""
    if connection.vendor == "sqlite":  # whose LIKE reads the whole table, but sorts by bytes
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
    return Q(**{f"{field}__startswith": text})


class Lines(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value) -> list[str]:
        lines = (" ".join(line.split()) for line in super().to_python(value).splitlines())
        return [line for line in lines if line]

    def has_changed(self, initial, data) -> bool:
        return (initial or []) != self.to_python(data)


class StoredDate(forms.CharField):
    """A date that may be partial, kept as `PartialDate` writes it."""

    def to_python(self, value) -> str:
        value = super().to_python(value)
        try:
            return str(PartialDate.parse(value)) if value else ""
        except ValueError:
            raise forms.ValidationError(
                "Not a date such as 2025-03-17, 2025-03, 2025 or Mar 17."
            ) from None


class PaperForm(forms.ModelForm):
    authors = Lines(required=False, help_text="One a line, in the paper's order.")
    categories = Lines(required=False, help_text="One a line, the primary one first.")
    published = StoredDate(required=False, help_text="First version; may be partial.")
    updated = StoredDate(required=False, help_text="Latest version; may be partial.")
    announced = StoredDate(required=False, help_text="A full day, such as 2025-03-17.")
    status = forms.ChoiceField(required=False, choices=[(name, name) for name in STATUSES])

    class Meta:
        model = Paper
        fields = (
            "title", "authors", "abstract", "categories", "published", "updated", "announced",
            "licence", "comment", "venue", "description", "status", "status_note",
        )  # fmt: skip

    def clean_title(self) -> str:
        if not title_key(self.cleaned_data["title"]):
            raise forms.ValidationError("A title has at least one letter or digit.")
        return self.cleaned_data["title"]

    def clean(self) -> dict:
        """Texts on one line, as the catalogue keeps them."""
        return {
            name: " ".join(value.split()) if isinstance(value, str) else value
            for name, value in super().clean().items()
        }

    def clean_announced(self) -> str:
        announced = self.cleaned_data["announced"]
        if announced and PartialDate.parse(announced).full is None:
            raise forms.ValidationError("This must be a full day, such as 2025-03-17.")
        return announced


class ReadOnly:
    """Shown to whoever may view it, never changed here."""

    def has_add_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


class IdentityInline(ReadOnly, admin.TabularInline):
    model = Identity
    extra = 0


class _Admin(admin.ModelAdmin):
    """Tables of millions of rows: no count of all, searches that an index answers."""

    show_full_result_count = False
    list_per_page = 50
    search_fields = ("pk",)  # shows the search box; get_search_results says what it does

    def matching(self, term: str) -> Q:
        """The rows that a search text asks for."""
        raise NotImplementedError

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str):
        term = search_term.replace("\0", "").strip()
        return (queryset.filter(self.matching(term)) if term else queryset), False


@admin.register(Paper)
class PaperAdmin(_Admin):
    form = PaperForm
    list_display = ("public_id", "short_title", "day")
    search_help_text = "An id, a DOI, a link to one, or how the title begins."
    ordering = ("-id",)
    inlines = (IdentityInline,)
    readonly_fields = ("public_id", "day", "versions", "links", "extra", "sources", "origins")

    @admin.display(description="title")
    def short_title(self, paper: Paper) -> str:
        return paper.title if len(paper.title) <= 120 else paper.title[:119] + "…"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        papers = super().get_queryset(request)
        page = request.resolver_match
        if page and page.url_name == "catalog_paper_changelist":
            return papers.only("public_id", "title", "day")
        return papers

    def matching(self, term: str) -> Q:
        if found := services.find(term):
            return Q(pk=found.id)
        key = title_key(term)[:_KEY]
        return _begins("title_key", key) if key else Q(pk=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Paper, form: PaperForm, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            services.edit(obj.pk, changed)

    def get_deleted_objects(self, objs, request: HttpRequest):
        """What hangs on a paper goes with it: nobody needs leave for that."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Paper) -> None:
        services.remove([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        services.remove(queryset.values_list("pk", flat=True))


class StateFilter(admin.SimpleListFilter):
    """The open pairs, unless one asks for the others."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str | None, str]]:
        return [(None, "open"), ("decided", "decided"), ("all", "all")]

    def choices(self, changelist):
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == value, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.exclude(decision="") if self.value() else queryset.filter(decision="")


@admin.register(PossibleDuplicate)
class PossibleDuplicateAdmin(admin.ModelAdmin):
    """Pairs that may be one work: both papers side by side, and the word of a moderator."""

    list_display = ("one", "other", "reason", "since", "decision")
    list_display_links = ("one", "other")
    list_filter = (StateFilter,)
    list_per_page = 50
    list_select_related = ("first", "second")
    show_full_result_count = False
    ordering = ("-id",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description="paper")
    def one(self, pair: PossibleDuplicate) -> str:
        return _named(pair.first)

    @admin.display(description="and paper")
    def other(self, pair: PossibleDuplicate) -> str:
        return _named(pair.second) if pair.second else pair.merged

    def change_view(
        self, request: HttpRequest, object_id: str, form_url="", extra_context=None
    ) -> HttpResponse:
        """The pair; sent back with a decision, that is what becomes of it."""
        pair = self.get_object(request, object_id)
        if request.method == "POST" and pair:
            if not self.has_change_permission(request, pair):
                raise PermissionDenied
            self._decide(request, pair)
            return redirect("admin:catalog_possibleduplicate_changelist")
        context = {"title": "One work or two?", "subtitle": None}
        if pair:
            numbers = [number for number in (pair.first_id, pair.second_id) if number]
            context |= {"papers": services.with_removed(numbers), "show_save": False}
        return super().change_view(request, object_id, form_url, context)

    def get_readonly_fields(self, request: HttpRequest, obj=None) -> list[str]:
        return ["reason", "since", "decision", "decided_by", "decided", "merged"]

    def get_fields(self, request: HttpRequest, obj=None) -> list[str]:
        return self.get_readonly_fields(request)[: 6 if obj and obj.decision else 2]

    def _decide(self, request: HttpRequest, pair: PossibleDuplicate) -> None:
        decision, by = request.POST.get("decision", ""), request.user.get_username()
        try:
            if decision == "apart":
                services.keep_apart(pair.pk, by)
                said = "They are two works, and stay so."
            else:
                kept = services.merge(pair.pk, int(decision) if decision.isdecimal() else 0, by)
                said = f"They are one work now: {kept.public_id}."
        except ValueError as error:
            messages.error(request, f"Nothing was changed: {error}.")
        else:
            self.log_change(request, pair, said)
            messages.success(request, said)


def _named(paper: Paper) -> str:
    title = "(removed)" if paper.status == "removed" else clean(paper.title)
    title = title if len(title) <= 120 else title[:119] + "…"
    names = ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")
    return format_html("{}<br><small>{} · {}</small>", title, names, paper.public_id)


@admin.register(Author)
class AuthorAdmin(ReadOnly, _Admin):
    list_display = ("name", "slug")
    search_help_text = "How the name begins."
    ordering = ("slug",)

    def matching(self, term: str) -> Q:
        return _begins("slug", author_slug(term))


@admin.register(Listing)
class ListingAdmin(ReadOnly, _Admin):
    list_display = ("title", "date", "source", "slug")
    search_help_text = "Its address, or a date such as 2025-03-17."
    ordering = ("-date", "-id")

    def matching(self, term: str) -> Q:
        return Q(slug=term) | Q(date=term)


@admin.register(Redirect)
class RedirectAdmin(ReadOnly, _Admin):
    list_display = ("public_id", "paper")
    list_select_related = ("paper",)
    search_help_text = "The earlier id."

    def matching(self, term: str) -> Q:
        return Q(public_id=term)


@admin.register(Change)
class ChangeAdmin(ReadOnly, _Admin):
    list_display = ("number", "kind", "paper_id")
    search_help_text = "The number of a paper."
    ordering = ("-number",)

    def matching(self, term: str) -> Q:
        return Q(paper_id=int(term[:18])) if term.isascii() and term.isdigit() else Q(pk=None)
