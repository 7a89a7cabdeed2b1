"""The forms of signing up, in our words."""

from allauth.account.forms import SignupForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm

from papertide.site.accounts.handles import LONGEST


class _Words:
    """What both forms say of their fields; they check them by our adapter."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        handle, email = self.fields["username"], self.fields["email"]
        handle.label, email.label = "Handle", "E-mail address"
        handle.help_text = (
            "Your public name here, as in @ada: letters, digits, - and _. It stays as it is."
        )
        email.help_text = "Only for signing in and for mail to you; shown to nobody."
        handle.widget.attrs |= {"maxlength": LONGEST, "autocapitalize": "off", "spellcheck": "false"}
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignUp(_Words, SignupForm):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        if "password1" in self.fields:
            self.fields["password1"].help_text = (
                "Eight characters or more, not a common one, and not only digits."
            )


class SignUpElsewhere(_Words, SocialSignupForm):
    pass
