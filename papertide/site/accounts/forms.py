"""allauth's forms, in our words."""

from allauth.account.forms import AddEmailForm, LoginForm, SignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm

from papertide.site.accounts.handles import LONGEST


class _Labelled:
    """Fields say by their labels what goes into them, not by what stands in them before."""

    labels: dict[str, str] = {}

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class _NewName(_Labelled):
    labels = {"username": "Handle", "email": "E-mail address"}

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        handle = self.fields["username"]
        handle.help_text = (
            "Your public name here, as in @ada: letters, digits, - and _. It stays as it is."
        )
        handle.widget.attrs |= {
            "maxlength": LONGEST, "autocapitalize": "off", "spellcheck": "false"
        }  # fmt: skip
        self.fields["email"].help_text = (
            "Only for signing in and for mail to you; shown to nobody but the admins."
        )


class SignUp(_NewName, SignupForm):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["password1"].help_text = (
            "Eight characters or more, not a common one, and not only digits."
        )


class SignUpElsewhere(_NewName, SocialSignupForm):
    pass


class SignIn(_Labelled, LoginForm):
    labels = {"login": "Handle or e-mail address"}

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"
        }  # fmt: skip


class NewAddress(_Labelled, AddEmailForm):
    labels = {"email": "New address"}


class NewKey(_Labelled, AddWebAuthnForm):
    labels = {"passwordless": "Sign in with it alone, without a password"}
