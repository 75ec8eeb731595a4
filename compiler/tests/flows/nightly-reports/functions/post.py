import smtplib
from email.message import EmailMessage


def send(args, message):
    with smtplib.SMTP(args["server"], 587) as server:
        server.login("reports", args["mail_password"])
        server.send_message(message)


def mail(args):
    message = EmailMessage()
    message["To"] = args["to"]
    message["Subject"] = "Sales of yesterday"
    with open(args["page"], "rb") as page:
        message.add_attachment(page.read(), maintype="application", subtype="pdf")
    send(args, message)


def complain(args):
    message = EmailMessage()
    message["Subject"] = f"no report: {args['step']}"
    send(args, message)
