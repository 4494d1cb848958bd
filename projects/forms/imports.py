"""Loading a workbook, and saying of which period it speaks."""

from django import forms

from projects.imports.guard import SizeLimits
from projects.imports.layout import built_in_layouts
from projects.models import ImportLayout, Organisation

PERIOD_HINT = "Such as 2019-07. Leave it blank and it is told from the file's name, the sheets, or the open period."


def layout_choices(organisations, blank: str) -> list[tuple[str, str]]:
    """Every layout that workbooks of some councils can be read by; a council's own stands in a built-in one's place."""
    layouts = {layout.name: layout.title for layout in built_in_layouts()}
    saved = ImportLayout.objects.filter(organisation__in=organisations).newest().filter(is_archived=False)
    layouts.update(dict(saved.values_list("slug", "name")))
    return [("", blank), *layouts.items()]


class UploadForm(forms.Form):
    """A file, and where it goes. `organisations` are those into which the person may import."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), to_field_name="slug", empty_label=None, label="Council"
    )
    file = forms.FileField(
        label="Workbook",
        help_text="An .xlsx, .xlsm, .xls, .ods or .csv file of up to 25 MB. You see a preview before anything changes.",
        error_messages={"required": "Choose a workbook.", "empty": "The file is empty."},
    )
    period = forms.CharField(max_length=40, required=False, label="Period", help_text=PERIOD_HINT)
    layout = forms.ChoiceField(
        required=False, label="Layout", help_text="Leave it to the portal unless it took the workbook for another kind."
    )

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        if len(organisations) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.fields["organisation"].initial = organisations[0].slug
        self.fields["layout"].choices = layout_choices(organisations, "Tell it from the headings")

    def clean_file(self):
        return small_enough(self.cleaned_data["file"])


class WorkbookForm(forms.Form):
    """A workbook that was taken out of the portal to work in, on its way back."""

    file = forms.FileField(
        label="The workbook you worked in",
        help_text="As .xlsx or .ods. You see every difference before anything changes.",
        error_messages={"required": "Choose the workbook.", "empty": "The file is empty."},
    )

    def clean_file(self):
        return small_enough(self.cleaned_data["file"])


def small_enough(uploaded, most: int = SizeLimits().file_bytes):
    """The file; ValidationError where it has more than `most` bytes."""
    if uploaded.size > most:
        raise forms.ValidationError(f"The file is larger than {most // 2**20} MB, the most that is taken.")
    return uploaded


class PeriodForm(forms.Form):
    """Another period for a workbook that is loaded already."""

    period = forms.CharField(
        max_length=40,
        label="Period",
        help_text="Such as 2019-07.",
        error_messages={"required": "Say which period the workbook speaks of."},
    )


class LayoutChoiceForm(forms.Form):
    """Another layout for a workbook that is loaded already."""

    layout = forms.ChoiceField(label="Layout", error_messages={"required": "Choose the layout."})

    def __init__(self, *args, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["layout"].choices = layout_choices([organisation], "Choose one")
